/** Sends the outcomes of a frontend's own handlers to its clients. */
import type { Executed } from "../../wire/error-code.js";
import type { ReplySink, RouteContext } from "../backend/route-context.js";
import type { Failure } from "../failure.js";
import type { HandlerEntry } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import type { Responder } from "./responder.js";

export class ClientReply implements ReplySink {
  private readonly core: ServerCore;
  private readonly responder: Responder;

  constructor(core: ServerCore, responder: Responder) {
    this.core = core;
    this.responder = responder;
  }

  answer(context: RouteContext, response: unknown): void {
    const session = context.servedSession as FrontendSession;
    const { messageId, response: codec } = context.entry as HandlerEntry;
    if (session.phase === SessionPhase.OPEN) {
      this.responder.message(session, context.sequence, messageId, this.core.type.typeId, codec!, response);
    } else {
      this.core.counters.lateAnswers++;
    }
    session.inFlight--;
  }

  fail(context: RouteContext, failure: Failure, executed: Executed): void {
    const session = context.servedSession as FrontendSession;
    if (context.target.answers) session.inFlight--;
    if (session.phase !== SessionPhase.OPEN) {
      this.core.counters.lateAnswers++;
      return;
    }
    const { messageId } = context.entry as HandlerEntry;
    const key = { sequence: context.sequence, messageId, serverType: this.core.type.typeId };
    this.responder.failure(session, key, failure, executed);
  }
}
