/** Frames that a correct client never sends: each is answered where that is possible, counted, and one strike nearer to the end. */
import { CloseCode } from "../../wire/close-code.js";
import type { ErrorCode } from "../../wire/error-code.js";
import { Failure } from "../failure.js";
import { LogLimit } from "../operate/log-limit.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { Responder, ResponseKey } from "./responder.js";

/** About faulty connections, in ten seconds. */
const LINES = 10;

export class Faults {
  private readonly core: ServerCore;
  private readonly responder: Responder;
  private readonly lines: LogLimit;
  private readonly close: (session: FrontendSession, code: CloseCode, reason: string) => void;

  constructor(
    core: ServerCore,
    responder: Responder,
    close: (session: FrontendSession, code: CloseCode, reason: string) => void,
  ) {
    this.core = core;
    this.lines = new LogLimit(LINES, () => core.timing.now());
    this.responder = responder;
    this.close = close;
  }

  faulty(session: FrontendSession, code: ErrorCode, key: ResponseKey, text: string): void {
    this.responder.failure(session, key, new Failure(code, "", text, "no"), "no");
    session.strikes++;
    if (session.strikes >= this.core.limits.strikes) this.strikeOut(session, `${session.strikes} faulty frames`, text);
  }

  /** A fault after which nothing that follows on the stream can be read. */
  fatal(session: FrontendSession, code: ErrorCode, text: string): void {
    this.responder.failure(session, this.unattributed(session, 0), new Failure(code, "", text, "no"), "no");
    this.strikeOut(session, "the stream cannot be read further", text);
  }

  /** What an answer to a frame is filed under that names no route. */
  unattributed(session: FrontendSession, sequence: number): ResponseKey {
    return { sequence, messageId: session.protocol.failureId, serverType: 0 };
  }

  private strikeOut(session: FrontendSession, why: string, last: string): void {
    if (session.phase === SessionPhase.CLOSED) return;
    const { counters, log } = this.core;
    counters.strikeOuts++;
    const { id, clientIp, strikes } = session;
    // Whoever is closed may connect again at once: it must not be the client who says how many lines there are.
    this.lines.line((more) => log.warn({ session: id, clientIp, strikes, last, ...more }, "closed for bad traffic"));
    this.close(session, CloseCode.BAD_TRAFFIC, `${why}; the last: ${last}`);
  }
}
