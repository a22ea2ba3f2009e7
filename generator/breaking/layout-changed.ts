import type { BreakingRule } from "../breaking-rule.js";
import { differences, sameJson } from "../compatibility/differences.js";
import type { JsonObject, LayoutFacts } from "../facts.js";
import type { LayoutName } from "../places.js";

const HINT = "old frames no longer read: add a protocol with the new layout, and keep this one for old clients";

export const layoutChanged: BreakingRule = {
  id: "layout-changed",
  level: "wire",
  checks:
    "A header layout keeps its framing and its fields: their order, types, byte orders, roles, what they count or cover.",
  *check({ previous, current }) {
    const layouts: (LayoutName & { before: LayoutFacts; now: LayoutFacts })[] = [
      { protocol: null, side: "request", before: previous.facts.internal, now: current.facts.internal },
    ];
    for (const [protocol, before] of Object.entries(previous.facts.protocols)) {
      const now = new Map(Object.entries(current.facts.protocols)).get(protocol);
      if (now === undefined) continue;
      for (const side of ["request", "response"] as const) {
        layouts.push({ protocol, side, before: before[side], now: now[side] });
      }
    }
    for (const layout of layouts) {
      const { before, now, protocol, side } = layout;
      const name = protocol === null ? "the internal layout" : `${protocol}.${side}`;
      const framing = differences({ ...before, fields: [] }, { ...now, fields: [] });
      if (framing.length > 0) {
        yield {
          message: `${name} has changed: ${framing.join(", ")}`,
          hint: HINT,
          position: current.places.layoutField(layout, -1)!,
          previous: previous.places?.layoutField(layout, -1) ?? null,
          serversOnly: protocol === null,
        };
      }
      // After a field that came or went, every other one stands elsewhere: one word says it all.
      const moved = now.fields.length - before.fields.length;
      for (let index = 0; index < Math.max(before.fields.length, now.fields.length); index++) {
        const [was, is] = [before.fields[index], now.fields[index]];
        if (sameJson(was, is)) continue;
        const came = moved > 0 && sameJson(was, now.fields[index + moved]);
        const went = moved < 0 && sameJson(before.fields[index - moved], is);
        yield {
          message: `field ${index + 1} of ${name} ${describe(came ? undefined : was, went ? undefined : is)}`,
          hint: HINT,
          position: current.places.layoutField(layout, index)!,
          previous: previous.places?.layoutField(layout, index) ?? null,
          serversOnly: protocol === null,
        };
        if (moved !== 0) break;
      }
    }
  },
};

function describe(was: JsonObject | undefined, is: JsonObject | undefined): string {
  if (was === undefined) return "is new";
  return is === undefined ? "is gone" : `has changed: ${differences(was, is).join(", ")}`;
}
