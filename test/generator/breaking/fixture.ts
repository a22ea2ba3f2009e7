/** A rule's fixture: two schemas and what is said of the difference. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { BreakLevel } from "../../../generator/breaking-rule.js";
import { findBreaks } from "../../../generator/breaks.js";
import type { CurrentSchema } from "../../../generator/compatibility/comparison.js";
import { loadProject } from "../../../generator/load/index.js";
import type { Diagnostic, Position } from "../../../generator/model.js";

export const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));

export async function loadSchema(root: string): Promise<CurrentSchema> {
  const { schema, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return schema!;
}

/** What `current` breaks of `previous`, each a project's folder. */
export async function breaksBetween(previous: string, current: string, level: BreakLevel): Promise<Diagnostic[]> {
  const before = await loadSchema(previous);
  return findBreaks({ ...before, version: before.model.version }, await loadSchema(current), level);
}

/** The form of the `expected.txt` files: each break with the line it is about, and the line that stood there before. */
export function renderBreaks(folder: string, breaks: readonly Diagnostic[]): string {
  return breaks
    .map(({ rule, level, clients, message, hint, position, previous }) =>
      [
        `${place(position)} ${rule} ${level?.toUpperCase()}`,
        `  ${message}`,
        ...(clients ? [] : ["  clients do not notice"]),
        ...(hint === null ? [] : [`  (${hint})`]),
        ...showLine(join(folder, "current"), position),
        ...(previous === undefined
          ? []
          : [`  before: ${place(previous)}`, ...showLine(join(folder, "previous"), previous)]),
        "\n",
      ].join("\n"),
    )
    .join("");
}

const place = ({ file, line, column }: Position) => `${file}:${line}:${column}`;

function showLine(root: string, { file, line, column }: Position): string[] {
  const source = readFileSync(join(root, file), "utf8").split("\n")[line - 1];
  return [`  | ${source}`, `  | ${" ".repeat(column - 1)}^`];
}
