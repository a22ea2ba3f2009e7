/**
 * When a fan-out server publishes: the same rule for Gatesmith and for what it is compared with. Each turn of the event loop
 * publishes a tick's pushes, so that the loop is never idle, until one of the members that acknowledge is further behind than the
 * window; then publishing waits for it. So both servers run as fast as they can deliver, and no queue grows.
 */

export interface PaceOptions {
  /** Publishing begins when so many have joined. */
  readonly members: number;
  /** Pushes published in one turn of the event loop. */
  readonly perTick: number;
  /** Members that acknowledge what they receive. */
  readonly ackers: number;
  /** Pushes after which each of them does. */
  readonly ackEvery: number;
  /** Pushes that each of them may be behind: less than any socket's or session's bound. */
  readonly window: number;
}

export class Pace {
  readonly #publish: () => void;
  #options: PaceOptions | null = null;
  #joined = 0;
  #published = 0;
  /** By whoever acknowledges. */
  readonly #acknowledged = new Map<object, number>();
  #running = false;
  #scheduled = false;

  constructor(publish: () => void) {
    this.#publish = publish;
  }

  /** One more member; the options of the last one count. */
  join(options: PaceOptions): void {
    this.#joined++;
    if (this.#joined < options.members) return;
    this.#options = options;
    this.#published = 0;
    this.#acknowledged.clear();
    this.#running = true;
    this.#schedule();
  }

  /** Publishing ends when the first member leaves. */
  leave(): void {
    this.#joined--;
    this.#running = false;
  }

  acknowledge(member: object): void {
    if (!this.#running) return;
    this.#acknowledged.set(member, (this.#acknowledged.get(member) ?? 0) + this.#options!.ackEvery);
    this.#schedule();
  }

  /** How many pushes the slowest of those who acknowledge has received. */
  #received(): number {
    return this.#acknowledged.size < this.#options!.ackers ? 0 : Math.min(...this.#acknowledged.values());
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(this.#tick);
  }

  readonly #tick = (): void => {
    this.#scheduled = false;
    if (!this.#running) return;
    const { perTick, window } = this.#options!;
    if (this.#published + perTick - this.#received() > window) return;
    this.#published += perTick;
    for (let push = 0; push < perTick; push++) this.#publish();
    this.#schedule();
  };
}
