/** Places what protobufjs says about a file that does not parse: it tells a line and a token, or a name, but no column. */
import type { Diagnostic, Position } from "../model.js";
import type { ProtoSource } from "./proto-files.js";
import type { ProtoToken } from "./proto-tokens.js";

export function syntaxDiagnostic({ file, outline }: ProtoSource, error: Error): Diagnostic {
  const [, what = error.message, line] = /^(.*?) ?\((?:.*, )?line (\d+)\)$/s.exec(error.message) ?? [];
  const named = /'([^']*)'/.exec(what)?.[1];
  const place = line === undefined ? declarationPlace(what, outline) : tokenPlace(outline.tokens, Number(line), named);
  const { line: lastLine = 1, column: lastColumn = 1 } = outline.tokens.at(-1) ?? {};
  const message = /^illegal end of input/.test(what) ? "the file ends too early" : what;
  const position = { file, line: place?.line ?? lastLine, column: place?.column ?? lastColumn };
  return { rule: "proto-syntax", message: `does not parse: ${message}`, hint: null, position };
}

type Place = Pick<Position, "line" | "column">;

function tokenPlace(tokens: readonly ProtoToken[], line: number, named: string | undefined): Place | undefined {
  const inLine = tokens.filter((token) => token.line === line);
  return inLine.find((token) => token.text === named) ?? inLine[0];
}

/** For `duplicate name 'x' in Type A`, `duplicate id 1 in Type A`, `id 3 is reserved in Type A`. */
function declarationPlace(what: string, { declarations, numbers, tokens }: ProtoSource["outline"]): Place | undefined {
  const [, name, id, owner = ""] = /(?:'([^']*)'|\bid (\d+)).* in \w+ ?\.?(.*)$/.exec(what) ?? [];
  const inOwner = (fullName: string) =>
    owner === "" || `.${fullName.slice(0, fullName.lastIndexOf("."))}`.endsWith(`.${owner}`);
  if (name !== undefined) {
    return [...declarations].findLast(([fullName]) => fullName.split(".").at(-1) === name && inOwner(fullName))?.[1];
  }
  const text = ({ line, column }: Position) =>
    tokens.find((token) => token.line === line && token.column === column)?.text;
  return [...numbers].findLast(([fullName, position]) => inOwner(fullName) && text(position) === id)?.[1];
}
