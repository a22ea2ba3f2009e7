/**
 * Compiles our own messages with our own generator: the handshake's control messages, which servers and clients share, and what
 * servers tell each other.
 */
import { writeFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseProtos } from "./load/parse-protos.js";
import { printMessages, wireBeside } from "./print/typescript/index.js";
import { withFirstLine } from "./targets/first-line.js";

/** One compiled file; paths are relative to the package's root. */
export interface OwnMessages {
  readonly proto: string;
  readonly output: string;
  /** The text `output` should have. */
  readonly text: string;
}

const sources = [
  { proto: "wire/control.proto", output: "wire/control.ts" },
  { proto: "runtime/bus/cluster.proto", output: "runtime/bus/cluster-messages.ts" },
];

const root = new URL("..", import.meta.url);

/** Compiles all of them. */
export function ownMessages(): OwnMessages[] {
  return sources.map(({ proto, output }) => {
    const { files, diagnostics } = parseProtos(fileURLToPath(root), `../${proto}`, { file: proto, line: 1, column: 1 });
    const [file] = files;
    if (file === undefined || diagnostics.length > 0) {
      throw new Error(`${proto} does not load: ${diagnostics.map(({ message }) => message).join("; ")}`);
    }
    const wire = posix.relative(posix.dirname(output), "wire") || ".";
    return { proto, output, text: withFirstLine(printMessages(file, { protoFiles: files }, wireBeside(wire))) };
  });
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const { output, text } of ownMessages()) writeFileSync(new URL(output, root), text);
}
