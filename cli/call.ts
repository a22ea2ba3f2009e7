/** `gatesmith call`: calls routes as a client would, and prints what comes back. */
import { type Command, InvalidArgumentError } from "commander";
import type { CallOptions, TypedCall } from "./call-routes.js";
import { CommandError, ExitCode } from "./command-error.js";
import { environmentOption } from "./load-application.js";
import { projectRoot, rootOption } from "./project-root.js";

export function addCall(program: Command): void {
  program
    .command("call")
    .summary("call a route as a client would")
    .description(
      "Connects as a client, calls the routes one after the other, and prints replies and pushes, one JSON object a line. The schema says what the messages are; nothing needs to be generated.",
    )
    .argument("<route>", "<serverType>.<group>.<method>, such as chat.room.send")
    .argument("<json>", "the message, as protobuf maps it to JSON")
    .argument("[more...]", "further routes and messages, for the same connection")
    .option("--gate <url>", "the gate to ask for a connector (default: the configuration's)")
    .option("--url <url>", "a server's WebSocket address, for a connection without a gate")
    .option("--uid <uid>", "who connects", "")
    .option("--wait <ms>", "milliseconds to keep printing pushes after the last reply", parseWait, 0)
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText(
      "after",
      `\nExample:\n  $ gatesmith call connector.entry.enter '{"room":"lobby","name":"ann"}' chat.room.send '{"target":"*","text":"hi"}' --wait 1000`,
    )
    .action(call);
}

function parseWait(text: string): number {
  const longest = 2 ** 31 - 1;
  const milliseconds = Number(text);
  if (/^\d+$/.test(text) && milliseconds <= longest) return milliseconds;
  throw new InvalidArgumentError(`It must be a whole number of milliseconds from 0 to ${longest}.`);
}

async function call(route: string, json: string, more: string[], options: CallOptions): Promise<void> {
  const typed = inPairs([route, json, ...more]);
  if (options.gate !== undefined && options.url !== undefined) {
    throw new CommandError("--gate and --url are both given: one of them says where to connect", ExitCode.USAGE);
  }
  const root = projectRoot(options.root, ["schema/index.ts"]);
  const { callRoutes } = await import("./call-routes.js");
  await callRoutes(root, typed, options);
}

function inPairs(words: readonly string[]): TypedCall[] {
  if (words.length % 2 === 1) {
    throw new CommandError(
      `${words.at(-1)} has no message behind it: give a route and its JSON, in turns`,
      ExitCode.USAGE,
    );
  }
  return Array.from({ length: words.length / 2 }, (_, index) => {
    const route = words[2 * index]!;
    return { route, json: parseJson(route, words[2 * index + 1]!) };
  });
}

function parseJson(route: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CommandError(`the message of ${route} is no JSON: ${(error as Error).message}`, ExitCode.USAGE);
  }
}
