/** The client runtime and what it and the generated modules need of `wire/`, copied so that a client imports nothing. */
import { posix } from "node:path";
import { listSources, readSource } from "../../package.js";
import { withFirstLine } from "../first-line.js";
import type { GeneratedFile } from "../target.js";

/** `generated` are the client's other files; what they import from `wire/` comes along. */
export function copySources(generated: readonly GeneratedFile[]): GeneratedFile[] {
  const runtime = listSources("client").map((path) => ({
    path: path.replace(/^client\//, "runtime/"),
    text: withFirstLine(readSource(path)),
  }));
  const wire = new Map<string, GeneratedFile>();
  const visit = ({ path, text }: GeneratedFile): void => {
    for (const imported of importsOf(path, text)) {
      if (!imported.startsWith("wire/") || wire.has(imported)) continue;
      const file = { path: imported, text: withFirstLine(readSource(imported)) };
      wire.set(imported, file);
      visit(file);
    }
  };
  for (const file of [...generated, ...runtime]) visit(file);
  return [...runtime, ...[...wire.values()].sort((a, b) => (a.path < b.path ? -1 : 1))];
}

/** The files that a module imports, as paths beside it. */
function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/^(?:import|export|\})[^;"]*\bfrom "(\.[^"]+)\.js";/gm)].map(
    ([, specifier]) => `${posix.join(posix.dirname(path), specifier!)}.ts`,
  );
}
