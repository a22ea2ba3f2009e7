/** Ends all sessions of a user, wherever they are: the uid's home knows. */
import { CloseCode } from "../../wire/close-code.js";
import { Reach, SessionKick } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";
import { NO_SESSION } from "./operations.js";

/** Resolves to how many there were, when all have ended. Rejects with Failure. */
export async function kickUser(core: ServerCore, uid: string, reason: string): Promise<number> {
  const home = core.router.home(core.userHomeType, uid);
  if (home === null) throw Failure.of("NO_SERVER", `kickUser: no connector is ready to ask for uid ${uid}`, "no");
  const request = { codec: SessionKick, message: { uid, code: CloseCode.KICKED, reason } };
  const what = `kick of user ${uid}`;
  const { sessions } = await core.operations.ask(home, Operation.KICK_USER, NO_SESSION, request, Reach, what);
  return sessions;
}
