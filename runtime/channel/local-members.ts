/** Tells a channel's home who its members on this server are. */
import { ChannelMembers, PushTarget } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import type { ServerCore } from "../server-core.js";
import type { LocalChannels } from "./local-channels.js";

export function serveLocalMembers({ operations, tables }: ServerCore, channels: LocalChannels): void {
  operations.serve(Operation.LOCAL_MEMBERS, (question) => {
    const target = question.read(PushTarget);
    const channel = channels.find(tables.typeIndex.get(target.type) ?? -1, target.name);
    const members = (channel?.members ?? []).map(({ id, uid }) => ({ session: id, uid: uid ?? undefined }));
    return { codec: ChannelMembers, message: { members, missing: [] } };
  });
}
