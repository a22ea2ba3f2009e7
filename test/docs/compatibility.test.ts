/** The page about compatible change says what the rules say. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { BREAK_LEVELS } from "../../generator/breaking-rule.js";
import { BREAKING_RULES } from "../../generator/breaks.js";
import { LINEAGE_LIMIT } from "../../generator/compatibility/lineage.js";
import { CloseCode } from "../../wire/close-code.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/compatibility.md", import.meta.url)), "utf8");

it.each(BREAK_LEVELS)("every rule of level %s stands in its table, as it is", (level) => {
  const section = page.split(`\n### ${level.toUpperCase()}\n`)[1]!.split("\n##")[0]!;
  const rows = [...section.matchAll(/^\| `([a-z-]+)` *\| (.*?) *\|$/gm)].map(([, id, checks]) => ({ id, checks }));
  const rules = BREAKING_RULES.filter((rule) => rule.level === level).map(({ id, checks }) => ({ id, checks }));
  expect(rows).toEqual(rules.sort((a, b) => (a.id < b.id ? -1 : 1)));
});

it("numbers are those of the code", () => {
  expect(page).toContain(`at most ${LINEAGE_LIMIT}.`);
  expect(page).toContain(`INCOMPATIBLE (${CloseCode.INCOMPATIBLE})`);
});
