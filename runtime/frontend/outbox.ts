/**
 * What a frontend sends, collected over a tick and written once per socket. Frames stand in one slab; a session has a chain of
 * references to them. A push to many sessions stands there once, and gets each session's sequence number as it is gathered. All frames
 * of a session leave in one message of its transport.
 */
import { Slab } from "../../wire/slab.js";
import type { Counters } from "../operate/counters.js";
import { type Tick, TickStep } from "../operate/tick.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import { LONGEST_SHORT, ShortFrames } from "./short-frames.js";

export interface OutboxOptions {
  readonly tick: Tick;
  readonly counters: Counters;
  /**
   * Bytes that may wait for one session, in this process and in its socket, before it is too slow. There is no bound in number beside it:
   * frames are entries here until the tick ends, and then one message, which a socket keeps as bytes; and each has a header, so that
   * bytes bound the entries.
   */
  readonly sessionBytes: number;
}

/** A message larger than this is sent before more is gathered: receivers buffer a message whole. */
const LONGEST_MESSAGE = 128 * 1024;
/** The tick's slab is given back when a burst made it larger than this. */
const KEPT_SLAB = 8 * 1024 * 1024;

export class Outbox {
  /** Append a whole frame here, then call `add` with where it stands. */
  slab = new Slab(256 * 1024);
  private readonly options: OutboxOptions;
  private dirty: FrontendSession[] = [];
  private flushing: FrontendSession[] = [];
  private entries = 0;
  // One entry is a frame for a session: where it stands, the sequence it gets (0: as it is), and the session's next entry.
  private starts = new Int32Array(1024);
  private ends = new Int32Array(1024);
  private sequences = new Uint32Array(1024);
  private nexts = new Int32Array(1024);
  // Which stretches stand gathered behind the tick's frames, from the session before. Both ends count: an entry that was joined to the
  // next begins where another session's entry begins that was not.
  private readonly gatheredStarts: number[] = [];
  private readonly gatheredEnds: number[] = [];
  private gathered = 0;
  private gatheredIn: Uint8Array | null = null;
  private gatheredAt = 0;
  private readonly short = new ShortFrames();
  // The stretch that was sent last, and the view of it if it was long, or was sent more than once.
  private view: Uint8Array | null = null;
  private viewed: Uint8Array | null = null;
  private viewStart = 0;
  private viewEnd = 0;

  constructor(options: OutboxOptions) {
    this.options = options;
    options.tick.on(TickStep.SOCKETS, this.flush);
  }

  /** Queues the frame at `[start, end)` of `slab` for a session. `sequence` other than 0 replaces the one in its header. */
  add(session: FrontendSession, start: number, end: number, sequence: number): void {
    session.pendingBytes += end - start;
    this.options.counters.framesOut++;
    const last = session.lastEntry;
    // Answers to pipelined requests stand end to end already: they are one entry, and need no gathering.
    if (last >= 0 && sequence === 0 && this.sequences[last] === 0 && this.ends[last] === start) {
      if (end - this.starts[last]! <= LONGEST_MESSAGE) {
        this.ends[last] = end;
        return;
      }
    }
    if (this.entries === this.starts.length) this.grow();
    const entry = this.entries++;
    this.starts[entry] = start;
    this.ends[entry] = end;
    this.sequences[entry] = sequence;
    this.nexts[entry] = -1;
    if (session.firstEntry < 0) {
      session.firstEntry = entry;
      this.dirty.push(session);
      this.schedule();
    } else {
      this.nexts[session.lastEntry] = entry;
    }
    session.lastEntry = entry;
  }

  /** Makes sure of a flush at the end of the tick: what stands in the slab and was added for nobody is forgotten by it. */
  schedule(): void {
    this.options.tick.leave(TickStep.SOCKETS);
  }

  /** Whether `bytes` more fit what the session may have waiting. */
  fits(session: FrontendSession, bytes: number): boolean {
    if (session.doomed) return false;
    const waiting = session.congested ? session.socket.buffered() : 0;
    return waiting + session.pendingBytes + bytes <= this.options.sessionBytes;
  }

  /** Writes what was collected, once per socket. Never called from within a socket's callback. */
  readonly flush = (): void => {
    const sessions = this.dirty;
    this.dirty = this.flushing;
    this.flushing = sessions;
    for (let index = 0; index < sessions.length; index++) this.write(sessions[index]!);
    // The next tick writes its frames there.
    this.gathered = 0;
    sessions.length = 0;
    if (this.dirty.length === 0) {
      this.entries = 0;
      this.slab.length = 0;
      if (this.slab.bytes.length > KEPT_SLAB) this.slab = new Slab(256 * 1024);
    }
  };

  /** Writes what one session has waiting, now; for a session that is about to be closed. */
  flushSession(session: FrontendSession): void {
    if (session.firstEntry < 0) return;
    this.write(session);
    this.gathered = 0;
  }

  /** Forgets what a session has waiting. */
  discard(session: FrontendSession): void {
    session.firstEntry = -1;
    session.lastEntry = -1;
    session.pendingBytes = 0;
  }

  private write(session: FrontendSession): void {
    let entry = session.firstEntry;
    // Closed meanwhile, or written by `flushSession`.
    if (entry < 0) return;
    const bytes = session.pendingBytes;
    this.discard(session);
    if (session.phase === SessionPhase.CLOSED) return;
    const { slab } = this;
    const { counters } = this.options;
    const { response } = session.protocol;
    counters.bytesOut += bytes;
    if (this.nexts[entry]! < 0) {
      const start = this.starts[entry]!;
      const end = this.ends[entry]!;
      const sequence = this.sequences[entry]!;
      // In place: the socket copies what it is given, and the next session patches the frame again.
      if (sequence !== 0) response.patchSequence(slab, start, end, sequence);
      this.send(session, start, end);
      return;
    }
    // Gathered behind the tick's frames, in the same slab: a copy within one buffer needs no view.
    const base = slab.length;
    slab.reserve(bytes);
    if (slab.bytes !== this.gatheredIn || base !== this.gatheredAt) this.gathered = 0;
    this.gatheredIn = slab.bytes;
    this.gatheredAt = base;
    let at = base;
    for (let place = 0; entry >= 0; entry = this.nexts[entry]!, place++) {
      const start = this.starts[entry]!;
      const end = this.ends[entry]!;
      if (at > base && at - base + end - start > LONGEST_MESSAGE) {
        this.send(session, base, at);
        at = base;
        place = 0;
      }
      const sequence = this.sequences[entry]!;
      const next = at + end - start;
      // Members of a channel get the same pushes: what the session before was sent stands there already.
      if (place >= this.gathered || this.gatheredStarts[place] !== start || this.gatheredEnds[place] !== end) {
        slab.bytes.copyWithin(at, start, end);
        this.gatheredStarts[place] = start;
        this.gatheredEnds[place] = end;
        this.gathered = place + 1;
      }
      if (sequence !== 0) response.patchSequence(slab, at, next, sequence);
      at = next;
    }
    this.send(session, base, at);
  }

  private send(session: FrontendSession, start: number, end: number): void {
    if (!session.socket.send(this.viewOf(start, end))) session.congested = true;
  }

  /** Valid until the next call. One view serves all sessions that are sent the same stretch. */
  private viewOf(start: number, end: number): Uint8Array {
    const { slab } = this;
    const again = slab.bytes === this.viewed && start === this.viewStart && end === this.viewEnd;
    if (again && this.view !== null) return this.view;
    this.viewed = slab.bytes;
    this.viewStart = start;
    this.viewEnd = end;
    this.view = null;
    if (!again && end - start <= LONGEST_SHORT) return this.short.copy(slab, start, end);
    this.view = new Uint8Array(slab.buffer, start, end - start);
    return this.view;
  }

  private grow(): void {
    const capacity = this.starts.length * 2;
    const grown = <Table extends Int32Array | Uint32Array>(table: Table, larger: Table): Table => {
      larger.set(table);
      return larger;
    };
    this.starts = grown(this.starts, new Int32Array(capacity));
    this.ends = grown(this.ends, new Int32Array(capacity));
    this.sequences = grown(this.sequences, new Uint32Array(capacity));
    this.nexts = grown(this.nexts, new Int32Array(capacity));
  }
}
