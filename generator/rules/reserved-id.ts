import { CONTROL_IDS } from "../../wire/control-id.js";
import { fieldOf, highestValue } from "../layout-size.js";
import type { Protocol } from "../model.js";
import { ARGUMENT, type Rule, showKey } from "../rule.js";

export const reservedId: Rule = {
  id: "reserved-id",
  checks: "No route takes id 0, or one of the topmost ids, which are the control messages'.",
  *check({ model, handlers, pushes, sources }) {
    for (const { messageId, position } of [...handlers, ...pushes]) {
      const at = sources.part(position, ARGUMENT.id);
      if (messageId.every((part) => part === 0)) {
        yield {
          message: `message id ${showKey(messageId)} is reserved: it means no message`,
          hint: "ids begin at 1",
          position: at,
        };
        continue;
      }
      for (const protocol of model.protocols) {
        const limits = protocol.key.map((part) => keyLimit(protocol, part));
        const last = limits.at(-1)!;
        const outerAtTop = messageId.slice(0, -1).every((part, index) => part === limits[index]);
        const inner = messageId.at(-1)!;
        if (messageId.length !== limits.length || !outerAtTop || inner > last || inner <= last - CONTROL_IDS) continue;
        yield {
          message: `message id ${showKey(messageId)} is reserved for the control messages of ${protocol.name}`,
          hint: `they take ${last - CONTROL_IDS + 1} to ${last}; use a lower one`,
          position: at,
        };
        break;
      }
    }
  },
};

/** The highest number that both layouts can carry. */
function keyLimit({ request, response }: Protocol, part: "service" | "messageId"): number {
  return Math.min(highestValue(fieldOf(request, part)), highestValue(fieldOf(response, part)));
}
