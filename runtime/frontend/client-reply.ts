/** Sends the outcomes of a frontend's own handlers to its clients. */
import type { Executed } from "../../wire/error-code.js";
import type { ReplySink, RouteContext } from "../backend/route-context.js";
import type { Failure } from "../failure.js";
import type { HandlerEntry } from "../manifest.js";
import type { ServerCore } from "../server-core.js";
import { type FrontendSession, SessionPhase } from "../session/frontend-session.js";
import { type Responder, type ResponseKey, ReusedKey } from "./responder.js";

export class ClientReply implements ReplySink {
  private readonly core: ServerCore;
  private readonly responder: Responder;
  private readonly key = new ReusedKey();

  constructor(core: ServerCore, responder: Responder) {
    this.core = core;
    this.responder = responder;
  }

  answer(context: RouteContext, response: unknown): void {
    const session = context.servedSession as FrontendSession;
    const handler = context.entry as HandlerEntry;
    if (session.phase === SessionPhase.OPEN) {
      const codec = context.json ? handler.json!.response! : handler.response!;
      this.responder.message(session, this.keyOf(context), codec, response, context.replyHeader);
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
    this.responder.failure(session, this.keyOf(context), failure, executed);
  }

  private keyOf(context: RouteContext): ResponseKey {
    return this.key.of(context.entry as HandlerEntry, this.core.type.typeId, context.sequence);
  }
}
