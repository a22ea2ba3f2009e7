/** Compiles the control messages of our own handshake with our own generator: `wire/control.proto` into `wire/control.ts`. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseProtos } from "./load/parse-protos.js";
import { printMessages, wireBeside } from "./print/typescript/index.js";
import { withFirstLine } from "./targets/first-line.js";

/** Relative to the package's root. */
export const CONTROL_MESSAGES = "wire/control.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The text `wire/control.ts` should have. */
export function controlMessages(): string {
  const position = { file: "wire/control.proto", line: 1, column: 1 };
  const { files, diagnostics } = parseProtos(root, "../wire/control.proto", position);
  const [file] = files;
  if (file === undefined || diagnostics.length > 0) {
    throw new Error(`wire/control.proto does not load: ${diagnostics.map(({ message }) => message).join("; ")}`);
  }
  return withFirstLine(printMessages(file, { protoFiles: files }, wireBeside(".")));
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(join(root, CONTROL_MESSAGES), controlMessages());
}
