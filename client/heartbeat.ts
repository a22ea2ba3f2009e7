/** Keeps one session alive, and notices when the server no longer is. */
import type { Timer, Timing } from "../wire/timing.js";

export interface HeartbeatEvents {
  /** It is time to say Ping. */
  beat(): void;
  /** Nothing was heard for so many milliseconds. */
  silent(milliseconds: number): void;
}

/** No server wants more Pings than this, whatever its Welcome says. */
const SHORTEST_INTERVAL = 100;

export class Heartbeat {
  readonly #timing: Timing;
  readonly #events: HeartbeatEvents;
  #lastHeard = 0;
  #interval = 0;
  #timeout = 0;
  #beatTimer: Timer | null = null;
  #silenceTimer: Timer | null = null;
  #stopped = false;

  constructor(timing: Timing, events: HeartbeatEvents) {
    this.#timing = timing;
    this.#events = events;
  }

  /** In milliseconds; 0 turns either of them off. Silence is never shorter than two intervals. */
  start(interval: number, timeout: number): void {
    this.#lastHeard = this.#timing.now();
    this.#interval = interval === 0 ? 0 : Math.max(interval, SHORTEST_INTERVAL);
    this.#timeout = timeout === 0 ? 0 : Math.max(timeout, 2 * this.#interval);
    if (this.#interval !== 0) this.#scheduleBeat();
    if (this.#timeout !== 0) this.#watch(this.#timeout);
  }

  /** Something arrived. */
  heard(): void {
    this.#lastHeard = this.#timing.now();
  }

  stop(): void {
    this.#stopped = true;
    this.#beatTimer?.cancel();
    this.#silenceTimer?.cancel();
  }

  #scheduleBeat(): void {
    this.#beatTimer = this.#timing.after(this.#interval, () => {
      this.#scheduleBeat();
      this.#events.beat();
    });
  }

  #watch(milliseconds: number): void {
    this.#silenceTimer = this.#timing.after(milliseconds, () => {
      // After a suspended machine or a long task the timer comes first, and what the server has said meanwhile is still unread.
      this.#timing.defer(() => this.#judge());
    });
  }

  #judge(): void {
    if (this.#stopped) return;
    const silence = this.#timing.now() - this.#lastHeard;
    if (silence >= this.#timeout) this.#events.silent(this.#timeout);
    else this.#watch(this.#timeout - silence);
  }
}
