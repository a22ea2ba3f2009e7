/**
 * What clients have sent in this tick and nobody has looked at yet: copied out of the transport's buffers, which it takes back, into one
 * slab, and taken in a row at the tick's end.
 */
import { Slab } from "../../wire/slab.js";
import { type Tick, TickStep } from "../operate/tick.js";
import type { FrontendSession } from "../session/frontend-session.js";

/** Takes one message of a session: `[start, end)` of the slab. Must not throw. */
export type ArrivalTaker = (session: FrontendSession, slab: Slab, start: number, end: number) => void;

// A tick in which more comes than this is taken in parts: what many clients send at once must not add up.
const MOST_BYTES = 256 * 1024;
const MOST_MESSAGES = 4096;

export class Arrivals {
  private readonly tick: Tick;
  private readonly taker: ArrivalTaker;
  private slab = new Slab(MOST_BYTES);
  private readonly sessions: (FrontendSession | null)[] = [];
  private readonly ends: number[] = [];
  private count = 0;

  constructor(tick: Tick, taker: ArrivalTaker) {
    this.tick = tick;
    this.taker = taker;
    tick.on(TickStep.ARRIVALS, () => this.take());
  }

  add(session: FrontendSession, message: ArrayBuffer): void {
    const { slab } = this;
    const start = slab.length;
    slab.reserve(message.byteLength);
    slab.bytes.set(new Uint8Array(message), start);
    slab.length = start + message.byteLength;
    this.sessions[this.count] = session;
    this.ends[this.count] = slab.length;
    if (this.count++ === 0) this.tick.leave(TickStep.ARRIVALS);
    if (slab.length >= MOST_BYTES || this.count === MOST_MESSAGES) this.take();
  }

  /** Has everything taken that has come so far. */
  take(): void {
    const { slab, sessions, ends, count } = this;
    if (count === 0) return;
    this.count = 0;
    let start = 0;
    for (let index = 0; index < count; index++) {
      const session = sessions[index]!;
      const end = ends[index]!;
      // A session that is over must not be kept by what it once sent.
      sessions[index] = null;
      this.taker(session, slab, start, end);
      start = end;
    }
    slab.length = 0;
    if (slab.bytes.length > 2 * MOST_BYTES) this.slab = new Slab(MOST_BYTES);
  }
}
