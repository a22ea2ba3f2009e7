/** Prints diagnostics: for people, for programs, and as annotations of a pull request. */
import type { Diagnostic, Position } from "./model.js";

export type DiagnosticFormat = "text" | "json" | "github";

/** One text for all diagnostics, ending with a newline; "" for none (`[]` as JSON). */
export function formatDiagnostics(diagnostics: readonly Diagnostic[], format: DiagnosticFormat): string {
  switch (format) {
    case "text":
      return diagnostics.map(asText).join("");
    case "json":
      return `${JSON.stringify(diagnostics.map(asRecord), null, 2)}\n`;
    case "github":
      return diagnostics.map(asAnnotation).join("");
  }
}

function asText(diagnostic: Diagnostic): string {
  const { message, position } = diagnostic;
  const notes = notesOf(diagnostic).map((note) => `    ${note}\n`);
  return `${show(position)} ${title(diagnostic)} ${message}\n${notes.join("")}`;
}

function asRecord({ rule, level, clients, message, hint, position, previous }: Diagnostic) {
  const { file, line, column } = position;
  // A problem of the schema alone has neither a level nor a previous place.
  return {
    file,
    line,
    column,
    rule,
    message,
    hint,
    ...(level === undefined ? {} : { level, clients, previous: previous ?? null }),
  };
}

/** GitHub's workflow commands: a line each, with what would end a line or a property escaped. */
function asAnnotation(diagnostic: Diagnostic): string {
  const { file, line, column } = diagnostic.position;
  const text = [diagnostic.message, ...notesOf(diagnostic)].join("\n");
  const properties = `file=${property(file)},line=${line},col=${column},title=${property(title(diagnostic))}`;
  return `::error ${properties}::${data(text)}\n`;
}

function title({ rule, level }: Diagnostic): string {
  return level === undefined ? rule : `${rule} ${level.toUpperCase()}`;
}

function notesOf({ hint, level, clients, previous }: Diagnostic): string[] {
  return [
    ...(hint === null ? [] : [hint]),
    ...(level !== undefined && clients === false ? ["between servers alone: clients do not notice"] : []),
    ...(previous === undefined ? [] : [`before: ${show(previous)}`]),
  ];
}

const show = ({ file, line, column }: Position) => `${file}:${line}:${column}`;

const data = (text: string) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string) => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

/** Orders by file, line and column, then rule; what is said twice is said once. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const said = new Set<string>();
  return [...diagnostics]
    .sort((a, b) => {
      const [x, y] = [a.position, b.position];
      return compare(x.file, y.file) || x.line - y.line || x.column - y.column || compare(a.rule, b.rule);
    })
    .filter((diagnostic) => {
      const text = asText(diagnostic);
      return said.has(text) ? false : said.add(text);
    });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
