import type { Rule } from "../rule.js";

export const oldestClient: Rule = {
  id: "oldest-client",
  checks: "The oldest client that is let in is not newer than the schema.",
  *check({ model, sources }) {
    if (model.oldestClient <= model.version) return;
    yield {
      message: `oldestClient ${model.oldestClient} is newer than the schema's version ${model.version}`,
      hint: "every client would be refused",
      position: sources.part(model.position, 0, "oldestClient"),
    };
  },
};
