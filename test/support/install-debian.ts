/** Tools that tests need and npm does not have: taken from Debian when the machine lacks them. */
import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Another test may be installing something too. */
const LOCK_SECONDS = 300;

/**
 * Where `command` is, after installing `debianPackage` if it was nowhere on the PATH. Rejects, with what to install by hand, where that
 * is not possible.
 */
export async function installDebian(command: string, debianPackage: string): Promise<string> {
  const found = await find(command);
  if (found !== null) return found;
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const lock = ["-o", `DPkg::Lock::Timeout=${LOCK_SECONDS}`];
  try {
    await run("apt-get", [...lock, "update"], { env: environment });
    await run("apt-get", [...lock, "install", "-y", "--no-install-recommends", debianPackage], {
      env: environment,
      maxBuffer: 64 * 1024 * 1024,
    });
  } catch (error) {
    throw new Error(
      `${command} is not on the PATH, and apt-get could not install it: install ${debianPackage} and try again`,
      { cause: error },
    );
  }
  const installed = await find(command);
  if (installed === null) throw new Error(`${debianPackage} was installed, and ${command} is still not on the PATH`);
  return installed;
}

async function find(command: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(folder, command);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {}
  }
  return null;
}
