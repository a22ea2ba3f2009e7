/** Sessions that name a server as theirs, in the field of their data that its type is routed by: who has them, and how many there are. */
import { Reach } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import type { ServerCore } from "../server-core.js";
import { NO_SESSION } from "./session-reference.js";
import type { SessionTable } from "./session-table.js";

/** Tells servers how many of this frontend's sessions name them. */
export function servePinned({ operations, tables }: ServerCore, sessions: SessionTable): void {
  operations.serve(Operation.PINNED, ({ from }) => {
    const rule = tables.manifest.servers[from.typeIndex]?.routeBy ?? null;
    const message: Reach = { sessions: 0 };
    if (rule?.kind === "server") {
      for (const session of sessions) if (Reflect.get(session.data, rule.field) === from.id) message.sessions++;
    }
    return { codec: Reach, message };
  });
}

/** Whether some session names this server. Yes, too, while somebody who may have one does not answer. */
export async function isNamed({ operations, tables, view, type }: ServerCore): Promise<boolean> {
  if (type.routeBy?.kind !== "server") return false;
  const frontends = [...view.all()].filter(({ typeIndex }) => {
    const kind = tables.manifest.servers[typeIndex]?.kind;
    return kind !== undefined && kind !== "backend";
  });
  const answers = await Promise.all(
    frontends.map(async (peer) => {
      try {
        const what = `sessions of ${peer.id}`;
        const answer = await operations.ask(peer, Operation.PINNED, NO_SESSION, null, Reach, what);
        return answer.sessions > 0;
      } catch {
        return peer.alive;
      }
    }),
  );
  return answers.includes(true);
}
