/** What the file system refuses, as a diagnostic. */
import { relative } from "node:path";
import type { Diagnostic } from "./model.js";

/** Describes an error of a file below `root`. Anything but the file system's refusal is a fault of ours, and thrown on. */
export function fileDiagnostic(root: string, error: unknown): Diagnostic {
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === undefined || path === undefined) throw error;
  const file = relative(root, path).replaceAll("\\", "/");
  const hint = "what was written before stays as it is; make the file accessible, and try again";
  return { rule: "file-access", message, hint, position: { file, line: 1, column: 1 } };
}
