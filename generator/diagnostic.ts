/** Prints diagnostics: for people, for programs, and as annotations of a pull request. */
import type { Diagnostic } from "./model.js";

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

function asText({ rule, message, hint, position }: Diagnostic): string {
  const { file, line, column } = position;
  return `${file}:${line}:${column} ${rule} ${message}\n${hint === null ? "" : `    ${hint}\n`}`;
}

function asRecord({ rule, message, hint, position }: Diagnostic) {
  const { file, line, column } = position;
  return { file, line, column, rule, message, hint };
}

/** GitHub's workflow commands: a line each, with what would end a line or a property escaped. */
function asAnnotation({ rule, message, hint, position }: Diagnostic): string {
  const { file, line, column } = position;
  const text = hint === null ? message : `${message}\n${hint}`;
  const properties = `file=${property(file)},line=${line},col=${column},title=${property(rule)}`;
  return `::error ${properties}::${data(text)}\n`;
}

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
