/** The lock file's text: what belongs together on one line, so that two branches seldom change the same one. */
import { canonicalJson } from "./canonical-json.js";
import type { Facts } from "./facts.js";
import type { LineageEntry, Lock } from "./model.js";

const WIDTH = 120;

/** The same lock gives the same text. */
export function formatLock({ format, messages, links, since, schedules, lineage, facts, predecessor }: Lock): string {
  const parts: [string, string][] = [
    ["format", String(format)],
    ["messages", JSON.stringify({ up: messages.up, down: messages.down }, null, 2)],
    ["links", JSON.stringify(links, null, 2)],
    ["since", JSON.stringify(since, null, 2)],
    // Most schemas have none.
    ...(Object.keys(schedules).length === 0
      ? []
      : [["schedules", JSON.stringify(schedules, null, 2)] as [string, string]]),
    ["lineage", printLineage(lineage)],
    ["facts", facts === null ? "null" : printFacts(facts)],
    [
      "predecessor",
      predecessor === null
        ? "null"
        : block("{}", [
            entry("version", String(predecessor.version)),
            entry("lineage", printLineage(predecessor.lineage)),
            entry("facts", printFacts(predecessor.facts)),
          ]),
    ],
  ];
  return `${block(
    "{}",
    parts.map(([name, text]) => entry(name, text)),
  )}\n`;
}

function printLineage(lineage: readonly LineageEntry[]): string {
  return block(
    "[]",
    lineage.map(({ hash, version, clientsOnly }) => spaced({ hash, version, clientsOnly })),
  );
}

function printFacts(facts: Facts): string {
  const { protocols, internal, session, servers, routes, errors, messages, enums } = facts;
  const tables = { servers, routes, errors, messages, enums };
  return block("{}", [
    entry("protocols", printTable(protocols)),
    entry("internal", fitted(internal, "internal".length)),
    entry("session", JSON.stringify(session)),
    ...Object.entries(tables).map(([name, table]) => entry(name, printTable(table))),
  ]);
}

function printTable(table: Readonly<Record<string, unknown>>): string {
  return block(
    "{}",
    Object.entries(table).map(([name, value]) => entry(name, fitted(value, name.length))),
  );
}

/** On one line if that is not too long; `used` columns are taken already. */
function fitted(value: unknown, used: number): string {
  const line = spaced(value);
  if (line.length + used <= WIDTH || typeof value !== "object" || value === null) return line;
  if (Array.isArray(value)) {
    return block(
      "[]",
      value.map((inner) => fitted(inner, 0)),
    );
  }
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return block(
    "{}",
    entries.map(([name, inner]) => entry(name, fitted(inner, name.length))),
  );
}

/** On one line, with spaces where a person would put them. */
function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value !== "object" || value === null) return canonicalJson(value);
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  if (entries.length === 0) return "{}";
  return `{ ${entries.map(([name, inner]) => `${JSON.stringify(name)}: ${spaced(inner)}`).join(", ")} }`;
}

const entry = (name: string, text: string) => `${JSON.stringify(name)}: ${text}`;

function block(brackets: "{}" | "[]", lines: readonly string[]): string {
  const [open, close] = brackets;
  if (lines.length === 0) return brackets;
  return `${open}\n${lines.map((line) => `  ${line.replaceAll("\n", "\n  ")}`).join(",\n")}\n${close}`;
}
