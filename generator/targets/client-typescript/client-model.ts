/** What of a model our own clients see: the protocol they speak, and the routes and pushes that it can carry. */
import { carries } from "../../message-key.js";
import type { Model } from "../../model.js";

/** Null when the schema has no protocol with a handshake: then it has clients of its own. */
export function clientModel(model: Model): Model | null {
  const protocol = model.protocols.find(({ control }) => control.kind === "handshake");
  if (protocol === undefined) return null;
  const carried = <T extends { readonly messageId: readonly number[] }>(all: readonly T[]) =>
    all.filter(({ messageId }) => carries(protocol, messageId));
  return {
    ...model,
    protocols: [protocol],
    servers: model.servers.map((server) => ({
      ...server,
      groups: server.groups.map((group) => ({ ...group, handlers: carried(group.handlers) })),
      pushes: carried(server.pushes),
    })),
  };
}
