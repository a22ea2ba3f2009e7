/**
 * When a fan-out server publishes: the same rule for Gatesmith and for what it is compared with. Each turn of the event loop
 * publishes a tick's pushes, so that the loop is never idle, until one member is further behind than the window; then publishing
 * waits for that member's acknowledgement. So both servers run as fast as they can deliver, and no queue grows.
 */

/** Pushes after which the first member sends an acknowledgement. */
export const ACK_EVERY = 16;

/** Pushes that may be unacknowledged: 12 KB a member, less than any socket or session bound. */
const WINDOW = 128;

export class Pace {
  readonly #publish: () => void;
  #joined = 0;
  #perTick = 0;
  #unacknowledged = 0;
  #running = false;
  #scheduled = false;

  constructor(publish: () => void) {
    this.#publish = publish;
  }

  /** Publishing begins when `members` have joined. */
  join(members: number, perTick: number): void {
    this.#joined++;
    if (this.#joined < members) return;
    this.#perTick = perTick;
    this.#unacknowledged = 0;
    this.#running = true;
    this.#schedule();
  }

  /** Publishing ends when the first member leaves. */
  leave(): void {
    this.#joined--;
    this.#running = false;
  }

  acknowledge(): void {
    this.#unacknowledged -= ACK_EVERY;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#tick);
  }

  readonly #tick = (): void => {
    this.#scheduled = false;
    if (!this.#running || this.#unacknowledged + this.#perTick > WINDOW) return;
    this.#unacknowledged += this.#perTick;
    for (let push = 0; push < this.#perTick; push++) this.#publish();
    this.#schedule();
  };
}
