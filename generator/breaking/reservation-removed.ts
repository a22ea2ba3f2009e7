import type { BreakingRule } from "../breaking-rule.js";
import { isReserved } from "../compatibility/message-parts.js";
import type { ReservedFacts } from "../facts.js";

export const reservationRemoved: BreakingRule = {
  id: "reservation-removed",
  level: "wire",
  checks: "Numbers that a message or an enum has reserved stay reserved.",
  *check(comparison) {
    const { messages, enums, previous, current } = comparison;
    for (const { former, name, previous: was, current: is } of [...messages, ...enums]) {
      const freed = freedRanges(was.reserved, is);
      if (freed.length === 0) continue;
      const ranges = freed.map(([from, to]) => (from === to ? `${from}` : `${from} to ${to}`)).join(", ");
      yield {
        message: `${name} no longer reserves ${ranges}`,
        hint: `somebody may still send what had the number: add back: reserved ${ranges};`,
        position: current.places.type(name),
        previous: previous.places?.type(former) ?? null,
        serversOnly: comparison.isBetweenServers(former),
      };
    }
  },
};

/** The parts of the reserved ranges that are free now. */
function freedRanges(was: ReservedFacts | undefined, is: { readonly reserved?: ReservedFacts | undefined }) {
  const kept = is.reserved?.numbers ?? [];
  return (was?.numbers ?? []).flatMap(([from, to]): (readonly [number, number])[] => {
    const freed: (readonly [number, number])[] = [];
    // Ranges may be as wide as all numbers, so the ends of those that are kept are walked, not the numbers.
    for (let start = from; start <= to; ) {
      if (isReserved(is, start)) {
        start = Math.max(...kept.filter(([a, b]) => a <= start && start <= b).map(([, b]) => b)) + 1;
        continue;
      }
      const end = Math.min(to, ...kept.filter(([a]) => a > start).map(([a]) => a - 1));
      freed.push([start, end]);
      start = end + 1;
    }
    return freed;
  });
}
