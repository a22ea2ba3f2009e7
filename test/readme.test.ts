/** The README's tour, taken at its word: what it says to write is written, and what it says comes of it must come. */
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { Command, checkout, gatesmith } from "./cli/support/command.js";
import { edit } from "./cli/support/project.js";
import { runCluster, runnableProject } from "./cli/support/running-cluster.js";

const readme = readFileSync(join(checkout, "README.md"), "utf8");

/** The fenced blocks of a chapter, in order. */
function blocksOf(chapter: string): string[] {
  const text = readme.split(/^## /m).find((part) => part.startsWith(chapter));
  if (text === undefined) throw new Error(`the README has no chapter ${chapter}`);
  return [...text.matchAll(/^```\w*\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

it("the demo prints the transcript that is shown", async () => {
  const [, shown] = blocksOf("See it work") as string[];
  const demo = new Command(
    process.execPath,
    ["--import", "tsx", "examples/demo/index.ts", "--once", "--any-port"],
    checkout,
  );
  const { stdout } = await demo.finished;
  const transcript = (text: string) => text.split("\n").filter((line) => /^(lobby|kitchen) /.test(line));
  expect(transcript(stdout)).toEqual(transcript(shown!));
});

it("the tour adds a route from the schema to the client", async () => {
  const [route, push, bodies, generated, handler, call, replies, client] = blocksOf("Five minutes") as string[];
  const root = await runnableProject();
  edit(root, "schema/chat.ts", "  handlers: {\n    room: {\n", `  handlers: {\n    room: {\n${route}`);
  edit(root, "schema/chat.ts", "  pushes: {\n", `  pushes: {\n${push}`);
  appendFileSync(join(root, "schema/messages/chat.proto"), `\n${bodies}`);
  const { stdout } = await gatesmith("generate", "--root", root);
  expect(stdout).toBe(generated);

  const room = readFileSync(join(root, "app/chat/room.ts"), "utf8");
  const [stub] = /^ {2}wave\([\s\S]*?^ {2}\}\n/m.exec(room)!;
  edit(root, "app/chat/room.ts", stub, handler!);
  edit(
    root,
    "app/chat/room.ts",
    "  type SendResponse,\n",
    "  type SendResponse,\n  type WaveRequest,\n  type WaveResponse,\n",
  );
  writeFileSync(
    join(root, "client.ts"),
    `import { ChatClient } from "./generated/client-typescript/index.js";\n${client}`,
  );
  const tsconfig = {
    extends: join(checkout, "tsconfig.json"),
    compilerOptions: { typeRoots: [join(checkout, "node_modules/@types")] },
    include: ["client.ts", "app"],
  };
  writeFileSync(join(root, "tsconfig.json"), JSON.stringify(tsconfig));
  const tsc = new Command(join(checkout, "node_modules/.bin/tsc"), ["-p", root], checkout);
  expect(await tsc.finished).toEqual({ code: 0, stdout: "", stderr: "" });

  const { gate } = await runCluster(root);
  const words = [...call!.split(" -- ")[1]!.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
  const called = await gatesmith(...words, "--root", root, "--gate", gate);
  expect(called).toEqual({ code: 0, stdout: replies, stderr: "" });
});
