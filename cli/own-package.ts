/** This package as the command line knows it: its `package.json`, and whether it runs from a checkout or built. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../generator/package.js";

export interface OwnPackage {
  readonly version: string;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Whether this is the built JavaScript: then TypeScript files load only after `tsx` was registered. */
export const isBuilt = import.meta.url.endsWith(".js");

/** The program that a child process runs to be this command. */
export const ownProgram = join(packageRoot, isBuilt ? "dist/cli.js" : "cli.ts");

export function readOwnPackage(): OwnPackage {
  return JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as OwnPackage;
}
