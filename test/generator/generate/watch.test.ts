import { cpSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import type { GenerateResult } from "../../../generator/generate.js";
import { type Watching, watch } from "../../../generator/watch.js";
import { readAll, temporaryProject, writeFiles } from "../temporary-project.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));

let watching: Watching | null = null;
afterEach(async () => {
  await watching?.close();
  watching = null;
});

/** A copy of the reference project that is watched, and a way to wait for the next result that is like this. */
async function watched() {
  const root = temporaryProject();
  for (const folder of ["schema", "app"]) cpSync(join(repository, folder), join(root, folder), { recursive: true });
  const results: GenerateResult[] = [];
  let wake = (): void => {};
  watching = await watch(root, (result) => {
    results.push(result);
    wake();
  });
  let seen = 0;
  const next = async (accept: (result: GenerateResult) => boolean): Promise<GenerateResult> => {
    for (;;) {
      for (; seen < results.length; seen++) {
        const result = results[seen]!;
        if (accept(result)) {
          seen++;
          return result;
        }
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { root, next, results };
}

const isGood = ({ diagnostics }: GenerateResult) => diagnostics.length === 0;
const isBroken = ({ diagnostics }: GenerateResult) => diagnostics.length > 0;

it("generates at once, keeps the last good output while the schema is broken, and recovers", async () => {
  const { root, next } = await watched();
  expect((await next(isGood)).written).toContain("generated/server/chat.ts");
  const schema = readFileSync(join(root, "schema/chat.ts"), "utf8");
  const good = readAll(join(root, "generated"));

  writeFiles(root, { "schema/chat.ts": `${schema}\nexport const broken = {` });
  expect((await next(isBroken)).diagnostics[0]!.position.file).toBe("schema/chat.ts");
  expect(readAll(join(root, "generated"))).toEqual(good);

  writeFiles(root, { "schema/chat.ts": schema.replace("Somebody is writing.", "Somebody writes.") });
  const { written } = await next((result) => isGood(result) && result.written.length > 0);
  expect(written).toEqual(["generated/client-typescript/client.ts", "generated/server/chat.ts"]);
  expect(readFileSync(join(root, "generated/server/chat.ts"), "utf8")).toContain("/** Somebody writes. */");
});

it("follows files that come and go, also in folders below", async () => {
  const { root, next } = await watched();
  await next(isGood);
  const index = readFileSync(join(root, "schema/index.ts"), "utf8");
  writeFiles(root, {
    "schema/messages/more/extra.proto": 'syntax = "proto3";\npackage extra;\nmessage Extra { bool on = 1; }\n',
    "schema/index.ts": index.replace("./messages/*.proto", "./messages/**/*.proto"),
  });
  const added = await next((result) => isGood(result) && result.written.length > 0);
  expect(added.written).toContain("generated/server/messages/more/extra.ts");
  rmSync(join(root, "schema/messages/more"), { recursive: true });
  expect((await next(({ removed }) => removed.length > 0)).removed).toEqual([
    "generated/server/messages/more/extra.ts",
  ]);
});

it("does nothing more once it is closed", async () => {
  const { root, results } = await watched();
  await watching!.close();
  const before = results.length;
  const schema = readFileSync(join(root, "schema/chat.ts"), "utf8");
  writeFiles(root, { "schema/chat.ts": schema.replace("Somebody is writing.", "Nobody hears.") });
  await watching!.close();
  expect(results.length).toBe(before);
  expect(readFileSync(join(root, "generated/server/chat.ts"), "utf8")).not.toContain("Nobody hears.");
});
