/** The control messages of our own clients: Hello and Welcome, Ping and Pong, GoAway, Gap, and Kick before the end. */
import { CloseCode } from "../../wire/close-code.js";
import { Gap, GoAway, Hello, Kick, Ping, Pong, Welcome } from "../../wire/control.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import type { RequestHeader } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { Control } from "./control.js";
import type { Faults } from "./faults.js";
import type { Responder } from "./responder.js";

/** Characters of what a client calls itself that are logged. */
const LONGEST_CLIENT = 256;

/** Characters of a schema's hash; a client may send anything. */
const LONGEST_HASH = 16;

export interface HandshakeOptions {
  readonly core: ServerCore;
  readonly responder: Responder;
  readonly faults: Faults;
  /** Refuses a client for good, or ends a session. */
  readonly close: (session: FrontendSession, code: CloseCode, reason: string) => void;
}

export class Handshake implements Control {
  private readonly options: HandshakeOptions;

  constructor(options: HandshakeOptions) {
    this.options = options;
  }

  /** Nothing is open before Hello. */
  opened(): void {}

  take(session: FrontendSession, header: RequestHeader, slab: Slab, start: number, end: number): boolean {
    const { protocol } = session;
    const { messageId, sequence } = header;
    if (messageId === protocol.helloId) {
      this.hello(session, sequence, slab, start, end);
      return true;
    }
    if (messageId !== protocol.pingId || session.phase !== SessionPhase.OPEN) return false;
    Ping.decode(slab, start, end);
    const pong: Pong = { serverTime: BigInt(this.options.core.timing.wallClock()) };
    this.options.responder.message(session, { sequence, messageId, serverType: 0 }, Pong, pong);
    return true;
  }

  moveAway(session: FrontendSession, reason: string, after: number): boolean {
    const key = { sequence: 0, messageId: session.protocol.goAwayId, serverType: 0 };
    // To no connector in particular: the gate knows better when the time has come.
    this.options.responder.message<GoAway>(session, key, GoAway, { reason, connector: "", after });
    return true;
  }

  gap(session: FrontendSession): void {
    const key = { sequence: 0, messageId: session.protocol.gapId, serverType: 0 };
    this.options.responder.message<Gap>(session, key, Gap, {});
  }

  goodbye(session: FrontendSession, code: CloseCode, reason: string): void {
    const key = { sequence: 0, messageId: session.protocol.kickId, serverType: 0 };
    this.options.responder.message<Kick>(session, key, Kick, { code, reason });
  }

  private hello(session: FrontendSession, sequence: number, slab: Slab, start: number, end: number): void {
    const { core, responder, faults, close } = this.options;
    const { manifest } = core.tables;
    const { protocol } = session;
    const key = { sequence, messageId: protocol.helloId, serverType: 0 };
    if (session.phase !== SessionPhase.CONNECTING) {
      faults.faulty(session, ErrorCode.BAD_FRAME, key, "Hello was said already");
      return;
    }
    const hello = Hello.decode(slab, start, end);
    if (hello.version < manifest.oldestClient) {
      const oldest = `older than ${manifest.oldestClient}, the oldest this server takes`;
      close(session, CloseCode.INCOMPATIBLE, `schema version ${hello.version} is ${oldest}: update the client`);
      return;
    }
    const understood = core.tables.compatibility.clients.has(hello.schemaHash);
    // A hand-written client may tell no schema; it is taken by its version alone.
    const unheardOf = !understood && hello.schemaHash !== "";
    if (unheardOf && hello.version < manifest.version) {
      const theirs = `schema ${hello.schemaHash.slice(0, LONGEST_HASH)} (version ${hello.version})`;
      const ours = `the server's ${manifest.schemaHash} (version ${manifest.version})`;
      close(session, CloseCode.INCOMPATIBLE, `${theirs} is incompatible with ${ours}: update the client`);
      return;
    }
    // One that is not older may understand what this server cannot know of: it says so by staying.
    session.newer = unheardOf;
    session.phase = SessionPhase.OPEN;
    session.lastHeard = core.clock.now();
    session.lastSequence = sequence;
    responder.message<Welcome>(session, key, Welcome, {
      sessionId: session.id,
      resumeToken: "",
      heartbeat: protocol.heartbeat,
      timeout: protocol.timeout,
      serverTime: BigInt(core.timing.wallClock()),
      limits: { inFlight: core.limits.inFlight, frameBytes: core.limits.frameBytes },
      resumed: false,
      schemaHash: manifest.schemaHash,
      version: manifest.version,
      understood,
    });
    const client = hello.client.slice(0, LONGEST_CLIENT);
    core.log.debug({ session: session.id, client, version: hello.version, understood }, "session opened");
  }
}
