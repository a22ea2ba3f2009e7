import { fieldOf, highestValue } from "../layout-size.js";
import { isPatchable, planLayout } from "../plan/index.js";
import type { Rule } from "../rule.js";

export const sequence: Rule = {
  id: "sequence",
  checks: "A protocol's layouts and control messages allow what it says of sequence numbers.",
  *check({ model, sources }) {
    for (const { name, request, response, control, sequence: rules, position } of model.protocols) {
      const at = (option: string) => sources.part(position, 0, "sequence", option);
      const field = fieldOf(response, "sequence");
      if (rules.push === "count" && field !== undefined && !mayBeCounted(response)) {
        yield {
          message: `pushes of ${name} are counted, and "${field.name}" of its response layout cannot be set in a frame that is written`,
          hint: "let it always be there and have a fixed size, with fields of fixed sizes before it; or say sequence: { push: 0 }",
          position: at("push"),
        };
      }
      if (!rules.deduplicate) continue;
      if (control.kind !== "handshake") {
        const hint = "only the handshake tells which answers a client has";
        yield { message: `${name} cannot deduplicate without handshake()`, hint, position: at("deduplicate") };
      } else if (highestValue(fieldOf(request, "sequence")) < 2 ** 32 - 1) {
        const hint = "a narrower number comes round while an old request may still arrive; say deduplicate: false";
        const message = `${name} cannot deduplicate without a sequence of 32 bits in its request layout`;
        yield { message, hint, position: at("deduplicate") };
      }
    }
  },
};

function mayBeCounted(layout: Parameters<typeof planLayout>[0]): boolean {
  try {
    return isPatchable(planLayout(layout));
  } catch {
    // A layout that cannot be planned is another rule's finding.
    return true;
  }
}
