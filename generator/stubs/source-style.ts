/** How the author of a file writes: what is inserted into it follows. */
import { ts } from "ts-morph";

export interface SourceStyle {
  readonly newline: "\n" | "\r\n";
  /** One step of indentation. */
  readonly unit: string;
  readonly quote: '"' | "'";
  /** `;`, or nothing for those who leave them out. */
  readonly semicolon: ";" | "";
}

export function detectStyle(source: ts.SourceFile): SourceStyle {
  const { text } = source;
  const newlines = text.split("\n").length - 1;
  const windows = text.split("\r\n").length - 1;
  const imports = source.statements.filter(ts.isImportDeclaration);
  const specifier = imports[0]?.moduleSpecifier.getText(source) ?? "";
  return {
    newline: windows * 2 > newlines ? "\r\n" : "\n",
    unit: detectUnit(text),
    quote: specifier.startsWith("'") ? "'" : '"',
    semicolon: imports.length > 0 && imports.every((node) => !node.getText(source).endsWith(";")) ? "" : ";",
  };
}

/** Tabs when more lines begin with one than with spaces; else the least indentation of two or more spaces. */
function detectUnit(text: string): string {
  let tabs = 0;
  let spaces = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const [, indentation, first] of text.matchAll(/^([\t ]+)(\S)/gm)) {
    if (indentation!.startsWith("\t")) {
      tabs++;
    } else if (first !== "*" && indentation!.length > 1) {
      spaces++;
      least = Math.min(least, indentation!.length);
    }
  }
  if (tabs > spaces) return "\t";
  return " ".repeat(least === Number.POSITIVE_INFINITY ? 2 : least);
}
