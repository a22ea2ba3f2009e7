import type { BreakingRule } from "../breaking-rule.js";

export const schemaName: BreakingRule = {
  id: "schema-name",
  level: "source",
  checks: "The schema keeps its name, after which clients' classes are called.",
  *check({ previous, current }) {
    const [was, is] = [previous.model?.name, current.model.name];
    if (was === undefined || was === is) return;
    yield {
      message: `the schema was called ${was}, and is called ${is}`,
      hint: "the class of generated clients is called after it",
      position: current.places.schema("name"),
      previous: previous.places?.schema("name") ?? null,
    };
  },
};
