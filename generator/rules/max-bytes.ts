import { bodyCapacity } from "../layout-size.js";
import { protocolsOf } from "../message-key.js";
import { ARGUMENT, type Rule } from "../rule.js";

export const maxBytes: Rule = {
  id: "max-bytes",
  checks: "No route takes longer bodies than the layout's length field can say.",
  *check({ model, handlers, sources }) {
    for (const { route, kind, messageId, maxBytes: bytes, position } of handlers) {
      for (const { name, request } of protocolsOf(model, messageId)) {
        const capacity = bodyCapacity(request);
        if (bytes <= capacity) continue;
        yield {
          message: `${route} takes bodies of ${bytes} bytes, and the length of ${name}'s request layout reaches ${capacity}`,
          hint: "lower maxBytes, or give the layout a wider length",
          position: sources.part(position, ARGUMENT[kind].options, "maxBytes"),
        };
      }
    }
  },
};
