/** Runs the TypeScript compiler over a project in a folder of its own. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = fileURLToPath(new URL("../..", import.meta.url));
const inRepository = (path: string) => join(repository, path);

/** What an application's own tsconfig.json says, and the package's entries as they are in this checkout. */
export const APPLICATION_OPTIONS = {
  module: "nodenext",
  moduleResolution: "nodenext",
  types: ["node"],
  typeRoots: [inRepository("node_modules/@types")],
  paths: {
    "gatesmith/schema": [inRepository("generator/dsl/index.ts")],
    "gatesmith/runtime": [inRepository("runtime/index.ts")],
  },
};

/** Writes the folder's tsconfig.json and package.json. */
export function configure(root: string, options: Record<string, unknown>): void {
  const strict = {
    target: "es2022",
    lib: ["es2022", "dom"],
    strict: true,
    noUnusedLocals: true,
    noUnusedParameters: true,
    noImplicitReturns: true,
    noImplicitOverride: true,
    noFallthroughCasesInSwitch: true,
    isolatedModules: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const configuration = { compilerOptions: { ...strict, ...options }, include: ["**/*.ts"] };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify(configuration));
  writeFileSync(join(root, "package.json"), JSON.stringify({ type: "module" }));
}

/** Every complaint about the folder's files, as the compiler prints it; empty when there is none. */
export async function compile(root: string, options: Record<string, unknown>): Promise<string> {
  configure(root, options);
  const compiler = inRepository("node_modules/typescript/bin/tsc");
  return new Promise((resolve) => {
    execFile(process.execPath, [compiler, "-p", root, "--pretty", "false"], { cwd: root }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}
