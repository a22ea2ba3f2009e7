/** Looks for sessions that went silent, connections that never said Hello, and frames that never become whole. */
import { CloseCode } from "../../wire/close-code.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { Timer } from "../../wire/timing.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { SessionTable } from "../session/session-table.js";
import type { Faults } from "./faults.js";

/** How often all sessions are looked at. Milliseconds. */
const INTERVAL = 1_000;

export interface SweeperOptions {
  readonly core: ServerCore;
  readonly sessions: SessionTable;
  readonly faults: Faults;
  readonly close: (session: FrontendSession, code: CloseCode, reason: string) => void;
}

export class Sweeper {
  private readonly options: SweeperOptions;
  private timer: Timer;

  constructor(options: SweeperOptions) {
    this.options = options;
    this.timer = options.core.timing.after(INTERVAL, this.sweep);
  }

  stop(): void {
    this.timer.cancel();
  }

  private readonly sweep = (): void => {
    const { core, sessions } = this.options;
    const now = core.timing.now();
    for (const session of sessions) this.look(session, now);
    this.timer = core.timing.after(INTERVAL, this.sweep);
  };

  private neverLoggedIn(session: FrontendSession, now: number): boolean {
    return session.uid === null && now - session.openedAt > this.options.core.limits.helloTimeout;
  }

  private look(session: FrontendSession, now: number): void {
    const { core, faults, close } = this.options;
    const { helloTimeout, frameTimeout } = core.limits;
    const { timeout, entry } = session.protocol;
    const silent = now - session.lastHeard;
    if (session.phase === SessionPhase.CONNECTING && silent > helloTimeout) {
      close(session, CloseCode.HELLO_TIMEOUT, `no Hello within ${helloTimeout} ms`);
    } else if (entry.control.kind === "foreign" && entry.control.login !== null && this.neverLoggedIn(session, now)) {
      close(session, CloseCode.HELLO_TIMEOUT, `no login within ${helloTimeout} ms`);
    } else if (timeout > 0 && silent > timeout) {
      close(session, CloseCode.HEARTBEAT_TIMEOUT, `nothing heard within ${timeout} ms`);
    } else if (session.rest !== null && now - session.restSince > frameTimeout) {
      faults.fatal(session, ErrorCode.BAD_FRAME, `a frame was not complete within ${frameTimeout} ms`);
    }
  }
}
