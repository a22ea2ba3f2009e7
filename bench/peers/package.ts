/** Peers are packages of their own, installed only when they are to be measured. */
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** Installs what the lock file in `folder` says, unless it is there. Throws when the registry cannot be reached, and says so. */
export function installPeer(folder: string): void {
  const wanted = join(folder, "package-lock.json");
  const installed = join(folder, "node_modules/.package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  // Nothing of theirs runs here but the server that is measured.
  const words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  const { status, error, stderr } = spawnSync("npm", words, { cwd: folder, encoding: "utf8" });
  if (status === 0) return;
  const reason = error?.message ?? stderr.trim().split("\n").slice(0, 3).join("\n");
  throw new Error(
    `${basename(folder)} cannot be installed from the npm registry, so peers are not measured:\n${reason}`,
  );
}
