/** A generated client is compiled with its user's options, not with ours. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
const client = fileURLToPath(new URL("../../client", import.meta.url));

it("the client runtime compiles under the strictest options, without Node.js's types", async () => {
  const folder = await mkdtemp(join(tmpdir(), "gatesmith-strict-"));
  try {
    const compilerOptions = {
      target: "es2022",
      lib: ["es2022", "dom"],
      module: "esnext",
      moduleResolution: "bundler",
      types: [],
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      isolatedModules: true,
      noFallthroughCasesInSwitch: true,
      noImplicitOverride: true,
      noImplicitReturns: true,
      noPropertyAccessFromIndexSignature: true,
      noUncheckedIndexedAccess: true,
      noUnusedLocals: true,
      noUnusedParameters: true,
      verbatimModuleSyntax: true,
    };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [`${client}/**/*.ts`] }));
    const output = await new Promise<string>((resolve) => {
      execFile(process.execPath, [compiler, "-p", folder], (_error, stdout) => resolve(stdout));
    });
    expect(output).toBe("");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
