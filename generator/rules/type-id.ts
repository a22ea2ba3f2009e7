import { fieldOf, highestValue } from "../layout-size.js";
import type { Rule } from "../rule.js";

const HIGHEST = 65_535;

export const typeId: Rule = {
  id: "type-id",
  checks: "Every server type has a number of its own, from 1 to what the layouts' serverType can hold.",
  *check({ model, sources }) {
    const layouts = [...model.protocols.flatMap(({ request, response }) => [request, response]), model.internal];
    const widths = layouts.map((layout) => highestValue(fieldOf(layout, "serverType"))).filter((limit) => limit > 0);
    const highest = Math.min(HIGHEST, ...widths);
    const owners = new Map<number, string>();
    for (const { name, typeId: id, position } of model.servers) {
      const at = sources.part(position, 1, "typeId");
      const owner = owners.get(id);
      if (id < 1 || id > highest) {
        yield { message: `type id ${id} of ${name} is not from 1 to ${highest}`, hint: null, position: at };
      } else if (owner !== undefined) {
        yield { message: `type id ${id} means ${name} and ${owner}`, hint: null, position: at };
      } else owners.set(id, name);
    }
  },
};
