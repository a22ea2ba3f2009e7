/** Copies of the reference project, to be broken and changed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { checkout } from "./command.js";

/** An empty folder that is removed when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A project with the reference schema and application, and nothing generated. */
export function referenceProject(): string {
  const folder = temporaryFolder();
  for (const part of ["schema", "app", "gatesmith.config.ts"]) {
    cpSync(join(checkout, part), join(folder, part), { recursive: true });
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module", "private": true }\n');
  return folder;
}

/** Has chat servers wait in `onStart`, for ever, and say so. */
export function neverStart(folder: string): void {
  const hook =
    'onStart(): Promise<void> {\n    console.log("waiting for a store");\n    return new Promise(() => {});\n  }';
  edit(folder, "app/chat/room.ts", "  onSessionClosed(", `  ${hook}\n\n  onSessionClosed(`);
}

/** Replaces a text that must be there. */
export function edit(folder: string, file: string, from: string, to: string): void {
  const path = join(folder, file);
  const text = readFileSync(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} has no ${JSON.stringify(from)}`);
  writeFileSync(path, text.replace(from, to));
}
