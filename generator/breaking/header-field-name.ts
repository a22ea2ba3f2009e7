import type { BreakingRule } from "../breaking-rule.js";
import type { Layout } from "../model.js";
import type { LayoutName } from "../places.js";

export const headerFieldName: BreakingRule = {
  id: "header-field-name",
  level: "source",
  checks: "A header field without a role, which handlers see, keeps its name.",
  *check({ previous, current }) {
    if (previous.model === null) return;
    const layouts: { layout: LayoutName; before: Layout; now: Layout }[] = [
      { layout: { protocol: null, side: "request" }, before: previous.model.internal, now: current.model.internal },
    ];
    for (const before of previous.model.protocols) {
      const now = current.model.protocols.find(({ name }) => name === before.name);
      if (now === undefined) continue;
      for (const side of ["request", "response"] as const) {
        layouts.push({ layout: { protocol: now.name, side }, before: before[side], now: now[side] });
      }
    }
    for (const { layout, before, now } of layouts) {
      // Which field is which is only known while the layout is the same.
      if (before.fields.length !== now.fields.length) continue;
      for (const [index, was] of before.fields.entries()) {
        const is = now.fields[index]!;
        if (was.role !== null || is.role !== null || was.name === is.name) continue;
        const where = layout.protocol === null ? "the internal layout" : `${layout.protocol}.${layout.side}`;
        yield {
          message: `field ${index + 1} of ${where} was called ${was.name}, and is called ${is.name}`,
          hint: "handlers mention it by its name",
          position: current.places.layoutField(layout, index, "name")!,
          previous: previous.places!.layoutField(layout, index, "name"),
        };
      }
    }
  },
};
