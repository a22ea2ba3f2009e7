/** A gate or connector's client side: it owns the sessions, and stands between the listeners and what takes their frames. */
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import { Slab } from "../../wire/slab.js";
import type { Dispatcher } from "../backend/dispatcher.js";
import type { Target } from "../backend/target.js";
import type { LocalChannels } from "../channel/local-channels.js";
import type { ServerCore } from "../server-core.js";
import { Bindings } from "../session/bindings.js";
import { FrontendSession, SessionPhase } from "../session/frontend-session.js";
import { SessionTable } from "../session/session-table.js";
import { Arrivals } from "./arrivals.js";
import { ClientReply } from "./client-reply.js";
import type { Control } from "./control.js";
import { Delivery } from "./delivery.js";
import { Departures } from "./departures.js";
import { Faults } from "./faults.js";
import { ForeignControl } from "./foreign-control.js";
import { Forwarder } from "./forwarder.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import type { FrontendSocket } from "./frontend-socket.js";
import { Gaps } from "./gaps.js";
import { Handshake } from "./handshake.js";
import { Intake } from "./intake.js";
import { Outbox } from "./outbox.js";
import { Responder } from "./responder.js";
import type { SocketReceiver } from "./socket-receiver.js";
import { StreamBuffer } from "./stream-buffer.js";
import { Sweeper } from "./sweeper.js";

export interface FrontendOptions {
  readonly core: ServerCore;
  readonly dispatcher: Dispatcher;
  /** This server's own handlers, by link id. */
  readonly targets: ReadonlyArray<Target | undefined>;
  readonly channels: LocalChannels;
  /** In the manifest's order; the first is spoken where nothing else is said. */
  readonly protocols: readonly FrontendProtocol[];
  /** Whether this server still has its place among the others: see `Bus.awake`. */
  readonly awake: () => boolean;
  /** A session that this server's own handlers may know is over. */
  readonly sessionEnded: (session: FrontendSession) => void;
}

export class Frontend implements SocketReceiver {
  readonly sessions: SessionTable;
  readonly delivery: Delivery;
  readonly bindings: Bindings;
  readonly gaps: Gaps;
  private readonly core: ServerCore;
  readonly protocols: readonly FrontendProtocol[];
  private readonly outbox: Outbox;
  private readonly faults: Faults;
  private readonly controls: readonly Control[];
  private readonly intake: Intake;
  private readonly sweeper: Sweeper;
  private readonly arrivals: Arrivals;
  /** What streams have sent, while it is cut. */
  private readonly input = new Slab(64 * 1024);
  /** Why nobody new is taken any more. */
  private leaving: string | null = null;
  private readonly looksAwake: () => boolean;
  private awake = true;
  /** The tick in which that was looked at, by its clock. */
  private lookedAt = Number.NaN;
  private readonly departures: Departures;

  constructor(options: FrontendOptions) {
    const { core } = options;
    this.core = core;
    this.protocols = options.protocols;
    this.looksAwake = options.awake;
    this.sessions = new SessionTable(core.limits.sessions);
    const close = (session: FrontendSession, code: CloseCode, reason: string) => {
      void this.bindings.close(session, code, reason);
    };
    const tooSlow = (session: FrontendSession) => {
      if (session.doomed) return;
      session.doomed = true;
      const text = `more than ${core.limits.sessionBytes} bytes wait for you; read faster`;
      // Not at once: a channel's members may be gone through right now, and an end changes them and runs the application's code.
      core.timing.defer(() => close(session, CloseCode.SLOW_CONSUMER, text));
    };
    this.arrivals = new Arrivals(core.tick, (session, slab, start, end) => this.message(session, slab, start, end));
    this.outbox = new Outbox({
      tick: core.tick,
      counters: core.counters,
      sessionBytes: core.limits.sessionBytes,
    });
    const responder = new Responder(this.outbox, core.clock, core.counters, tooSlow);
    this.faults = new Faults(core, responder, close);
    const { faults } = this;
    const handshake = new Handshake({ core, responder, faults, close });
    this.controls = options.protocols.map(({ entry }) =>
      entry.control.kind === "handshake" ? handshake : new ForeignControl(entry.control, responder),
    );
    this.intake = new Intake({
      core,
      dispatcher: options.dispatcher,
      targets: options.targets,
      controls: this.controls,
      responder,
      forwarder: new Forwarder(core, responder),
      reply: new ClientReply(core, responder),
      faults,
    });
    this.bindings = new Bindings({
      core,
      sessions: this.sessions,
      disconnect: (session, code, reason) => this.disconnect(session, code, reason),
      ended: (session, wasOpen) => {
        this.outbox.discard(session);
        options.channels.leaveAll(session);
        // No handler has seen a connection that never said Hello.
        if (wasOpen) options.sessionEnded(session);
      },
    });
    this.delivery = new Delivery(core, this.sessions, options.channels, this.outbox, responder, tooSlow);
    this.departures = new Departures({ core, sessions: this.sessions, controls: this.controls, close });
    this.gaps = new Gaps({ core, sessions: this.sessions, channels: options.channels, controls: this.controls });
    this.sweeper = new Sweeper({ core, sessions: this.sessions, faults: this.faults, close });
  }

  /** A protocol by its name in the schema; the first by default. */
  protocol(name?: string): FrontendProtocol {
    const protocol = name === undefined ? this.protocols[0] : this.protocols.find((one) => one.name === name);
    if (protocol === undefined) throw new RangeError(`the schema has no protocol "${name}"`);
    return protocol;
  }

  /** Bytes that wait for clients, in this process and in their sockets. Looks at every session. */
  heldBytes(): number {
    let bytes = 0;
    for (const { pendingBytes, congested, socket, latest } of this.sessions) {
      bytes += pendingBytes + (congested ? socket.buffered() : 0) + (latest === null ? 0 : latest.bytes);
    }
    return bytes;
  }

  /** Takes nobody new, and sends clients elsewhere, as many as it is time for. True: none is left. Called again and again. */
  depart(): boolean {
    this.leaving = "the server is leaving";
    return this.departures.look();
  }

  /** Ends every session; clients come back elsewhere. */
  async stop(): Promise<void> {
    this.leaving = "the server is stopping";
    this.sweeper.stop();
    for (const session of this.sessions) {
      void this.bindings.close(session, CloseCode.SERVER_LEAVING, "the server is stopping");
    }
    await this.bindings.allEnded();
  }

  // ---- What a listener calls

  opened(socket: FrontendSocket, protocol = this.protocols[0]!): FrontendSession | null {
    const { core, bindings } = this;
    if (this.leaving !== null) return this.turnAway(socket, CloseCode.SERVER_LEAVING, this.leaving);
    const now = core.clock.now();
    if (!this.isAwake(now))
      return this.turnAway(socket, CloseCode.SERVER_LEAVING, "the server stood still for too long");
    const session = this.sessions.open(
      (slot, generation) => new FrontendSession(slot, generation, core.incarnation, socket, protocol, now, bindings),
    );
    if (session === null) {
      return this.turnAway(socket, CloseCode.FULL, `this server holds at most ${core.limits.sessions} sessions`);
    }
    this.controls[protocol.index]!.opened(session);
    return session;
  }

  handshakeFailed(address: string, reason: string): void {
    this.core.counters.failedHandshakes++;
    this.core.log.debug({ clientIp: address, reason }, "a connection ended before its handshake was over");
  }

  received(session: FrontendSession, message: ArrayBuffer): void {
    const { frameBytes } = this.core.limits;
    const length = message.byteLength;
    if (length <= frameBytes) {
      this.arrivals.add(session, message);
      return;
    }
    // What came before comes first.
    this.arrivals.take();
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    const text = `a message of ${length} bytes; at most ${frameBytes} are taken`;
    this.heard(session, this.core.clock.now());
    this.core.counters.bytesIn += length;
    this.faults.faulty(session, ErrorCode.TOO_LARGE, this.faults.unattributed(session, 0), text);
  }

  receivedText(session: FrontendSession): void {
    this.arrivals.take();
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    const key = this.faults.unattributed(session, 0);
    this.faults.faulty(session, ErrorCode.BAD_FRAME, key, "a text message; frames travel in binary messages");
  }

  receivedChunk(session: FrontendSession, chunk: Uint8Array): void {
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    try {
      this.chunk(session, chunk);
    } catch (error) {
      this.crashed(session, error);
    }
  }

  drained(session: FrontendSession): void {
    this.delivery.drained(session);
  }

  closed(session: FrontendSession, fault?: string): void {
    // Its last words were said before it went.
    this.arrivals.take();
    if (fault !== undefined && session.phase !== SessionPhase.CLOSED) this.core.counters.strikeOuts++;
    void this.bindings.ended(session);
  }

  // ---- Bytes

  private message(session: FrontendSession, slab: Slab, start: number, end: number): void {
    if (session.phase === SessionPhase.CLOSED || session.doomed) return;
    const { core } = this;
    const now = core.clock.now();
    if (!this.isAwake(now)) return;
    this.heard(session, now);
    core.counters.bytesIn += end - start;
    try {
      let at = start;
      do at = this.intake.frame(session, slab, at, end);
      while (at < end && !session.closed && !session.doomed);
    } catch (error) {
      this.crashed(session, error);
    }
  }

  private chunk(session: FrontendSession, chunk: Uint8Array): void {
    const { input, core } = this;
    const now = core.clock.now();
    if (!this.isAwake(now)) return;
    this.heard(session, now);
    core.counters.bytesIn += chunk.length;
    const { rest } = session;
    const seen = rest?.length ?? 0;
    if (rest !== null) {
      rest.append(chunk);
      if (rest.length < rest.needed) return;
    }
    const end = rest === null ? chunk.length : rest.length;
    input.length = 0;
    input.reserve(end);
    input.bytes.set(rest === null ? chunk : rest.bytes.subarray(0, end));
    this.cut(session, end, seen, now);
  }

  private turnAway(socket: FrontendSocket, code: CloseCode, reason: string): null {
    this.core.counters.closed(code);
    socket.close(code, reason);
    return null;
  }

  /**
   * False: the others have given this server up while it stood still. What its clients sent meanwhile is not taken: they have gone on
   * elsewhere, or will, and nobody waits for the answers. Looked at once a tick, so that what is read in the very tick of the stall is taken.
   */
  private isAwake(now: number): boolean {
    if (now !== this.lookedAt) {
      this.lookedAt = now;
      this.awake = this.looksAwake();
    }
    return this.awake;
  }

  /** Before Hello nothing counts as a sign of life: the time for it runs from connecting. */
  private heard(session: FrontendSession, now: number): void {
    if (session.phase === SessionPhase.OPEN) session.lastHeard = now;
  }

  /** A mistake of ours, not the client's. It must not bring down what the others' sessions live in. */
  private crashed(session: FrontendSession, error: unknown): void {
    const { counters, log } = this.core;
    counters.exceptions++;
    log.error({ err: error, session: session.id }, "a message could not be taken");
    void this.bindings.close(session, CloseCode.INTERNAL, "the server failed; the session cannot go on");
  }

  /** Cuts a stream's bytes, which stand at the front of the input, into frames; what is left of the last one waits for more. */
  private cut(session: FrontendSession, end: number, seen: number, now: number): void {
    const { input } = this;
    const { request, name } = session.protocol;
    const { frameBytes } = this.core.limits;
    let at = 0;
    while (at < end && !session.closed && !session.doomed) {
      const length = request.frameLength(input, at, end, frameBytes, at === 0 ? seen : 0);
      if (length < 0) {
        const text = `what arrived begins no frame of layout ${name}.request with at most ${frameBytes} bytes`;
        this.faults.fatal(session, ErrorCode.BAD_FRAME, text);
        return;
      }
      if (length === 0 || at + length > end) {
        const needed = Math.max(length, end - at + 1);
        if (session.rest !== null && at === 0) {
          session.rest.needed = needed;
        } else {
          session.rest = new StreamBuffer(input.bytes, at, end, needed);
          session.restSince = now;
        }
        return;
      }
      this.intake.frame(session, input, at, at + length);
      at += length;
    }
    session.rest = null;
  }

  // ---- Ends

  private disconnect(session: FrontendSession, code: CloseCode, reason: string): void {
    const { socket, protocol } = session;
    // Before Hello a WebSocket's close code says it all; where there are none, the protocol has to.
    if ((session.phase === SessionPhase.OPEN || socket.wordless === true) && code !== CloseCode.SLOW_CONSUMER) {
      try {
        this.controls[protocol.index]!.goodbye(session, code, reason);
      } catch (error) {
        // A layout may be too short for the reason. The session ends all the same.
        if (!(error instanceof RangeError)) throw error;
      }
      this.outbox.flushSession(session);
    }
    socket.close(code, reason);
  }
}
