/**
 * Every rule has a folder with a small schema that breaks it, and the diagnostics that must come of it: where, what is said, and the
 * line with a caret under the exact column.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { RULES } from "../../../generator/check.js";
import { loadProject } from "../../../generator/load/index.js";
import type { Diagnostic } from "../../../generator/model.js";
import { smallProject } from "../load/small-schema.js";

const here = fileURLToPath(new URL(".", import.meta.url));
const fixtures = join(here, "fixtures");
const ids = RULES.map(({ id }) => id).sort();

/** The form of the `expected.txt` files. */
function render(root: string, { rule, message, hint, position: { file, line, column } }: Diagnostic): string {
  const source = readFileSync(join(root, file), "utf8").split("\n")[line - 1];
  const said = hint === null ? [message] : [message, `(${hint})`];
  const shown = [`| ${source}`, `| ${" ".repeat(column - 1)}^`];
  return `${file}:${line}:${column} ${rule}\n${[...said, ...shown].map((text) => `  ${text}\n`).join("")}\n`;
}

async function expectDiagnostics(root: string): Promise<readonly Diagnostic[]> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics.map((diagnostic) => render(root, diagnostic)).join("")).toBe(
    readFileSync(join(root, "expected.txt"), "utf8"),
  );
  expect(model).toBeNull();
  return diagnostics;
}

describe("rules", () => {
  it("are one a file, each with a fixture folder", () => {
    const folder = fileURLToPath(new URL("../../../generator/rules", import.meta.url));
    const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));
    expect(files.sort()).toEqual(ids);
    expect(readdirSync(fixtures).sort()).toEqual(ids);
  });

  it.each(ids)("%s", async (id) => {
    const diagnostics = await expectDiagnostics(join(fixtures, id));
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(new Set(diagnostics.map(({ rule }) => rule))).toEqual(new Set([id]));
  });

  it("tell every problem of every kind in one run", async () => {
    const diagnostics = await expectDiagnostics(join(here, "../load/fixtures/many"));
    expect(new Set(diagnostics.map(({ position }) => position.file)).size).toBe(6);
  });

  it("routing-key, where the schema declares no session data", async () => {
    const { diagnostics } = await loadProject(smallProject([['  session: "chat.SessionData",\n', ""]]));
    expect(diagnostics).toMatchObject([
      {
        rule: "routing-key",
        message: 'sessionData("room") needs session data, and the schema declares none',
        position: { file: "schema/index.ts", line: 12, column: 24 },
      },
    ]);
  });
});
