/** Cuts a `.proto` file into tokens with exact positions, which the parser proper does not keep. */

export interface ProtoToken {
  readonly kind: "name" | "number" | "text" | "symbol";
  /** A text without its quotes. */
  readonly text: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
}

// Names keep their dots: a type is one token. Order matters: comments before the symbol "/".
const TOKEN =
  /(?<skip>\s+|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<name>\.?[A-Za-z_][\w.]*)|(?<number>\d[\w.+]*)|(?<quoted>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|(?<symbol>[\s\S])/gu;

export function protoTokens(text: string): ProtoToken[] {
  const tokens: ProtoToken[] = [];
  let line = 1;
  let lineStart = 0;
  for (const match of text.matchAll(TOKEN)) {
    const groups = match.groups!;
    const position = { line, column: match.index - lineStart + 1 };
    if (groups.skip !== undefined) {
      for (let end = groups.skip.indexOf("\n"); end !== -1; end = groups.skip.indexOf("\n", end + 1)) {
        line++;
        lineStart = match.index + end + 1;
      }
    } else if (groups.name !== undefined) tokens.push({ kind: "name", text: groups.name, ...position });
    else if (groups.number !== undefined) tokens.push({ kind: "number", text: groups.number, ...position });
    else if (groups.quoted !== undefined) tokens.push({ kind: "text", text: groups.quoted.slice(1, -1), ...position });
    else tokens.push({ kind: "symbol", text: match[0], ...position });
  }
  return tokens;
}
