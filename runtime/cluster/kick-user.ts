/** Ends all sessions of a user, wherever they are: the uid's home knows. */
import { CloseCode } from "../../wire/close-code.js";
import { Reach, SessionKick } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import type { ServerCore } from "../server-core.js";
import { NO_SESSION } from "../session/session-reference.js";
import { askHome } from "./ask-home.js";

/** Resolves to how many there were, when all have ended. Rejects with Failure. */
export async function kickUser(core: ServerCore, uid: string, reason: string): Promise<number> {
  const { sessions } = await askHome(core, {
    typeIndex: core.userHomeType,
    key: uid,
    operation: Operation.KICK_USER,
    session: NO_SESSION,
    request: { codec: SessionKick, message: { uid, code: CloseCode.KICKED, reason } },
    response: Reach,
    what: `kick of user ${uid}`,
  });
  return sessions;
}
