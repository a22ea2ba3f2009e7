/** What a command has loaded when it ends: every module's URL or path, of both kinds. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command, checkout } from "./command.js";

/** The generator, and what only it needs. */
export const GENERATOR = /node_modules\/(ts-morph|@ts-morph|typescript|jiti|protobufjs)\/|\/generator\/(?!package\.ts)/;

const SPY = `import { register } from "node:module";
import { createRequire } from "node:module";
import { MessageChannel } from "node:worker_threads";
const { port1, port2 } = new MessageChannel();
const loaded = [];
port1.on("message", (url) => loaded.push(url));
port1.unref();
const hooks = "let port; export const initialize = (data) => { port = data; };" +
  "export const load = async (url, context, next) => { port.postMessage(url); return next(url, context); };";
register("data:text/javascript," + encodeURIComponent(hooks), { data: port2, transferList: [port2] });
const required = createRequire(import.meta.url).cache;
process.on("exit", () => console.error(JSON.stringify([...loaded, ...Object.keys(required)])));`;

/** Starts `gatesmith ...`; its last line on stderr is what it has loaded. `folder` keeps the spy. */
export function startWatched(
  folder: string,
  args: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): Command {
  const spy = join(folder, "spy.mjs");
  writeFileSync(spy, SPY);
  return new Command(process.execPath, ["--import", "tsx", "--import", spy, "cli.ts", ...args], checkout, variables);
}

export function loadedModules(stderr: string): string[] {
  return JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
}
