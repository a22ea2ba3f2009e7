/** Doc comments of the schema and of `.proto` files, as they stand in generated code. */

/** The lines of a JSDoc comment; none for an empty text. A comment's end inside the text is broken up. */
export function docLines(text: string): string[] {
  const lines = text
    .replaceAll("*/", "*\\/")
    .split(/\r?\n/)
    .map((line) => line.trimEnd());
  while (lines.length > 0 && lines[0] === "") lines.shift();
  while (lines.length > 0 && lines.at(-1) === "") lines.pop();
  if (lines.length === 0) return [];
  if (lines.length === 1) return [`/** ${lines[0]!.trim()} */`];
  return ["/**", ...lines.map((line) => (line === "" ? " *" : ` * ${line}`)), " */"];
}
