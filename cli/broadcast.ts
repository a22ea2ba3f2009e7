/** `gatesmith broadcast`: pushes to every session of the running cluster. */
import type { Command } from "commander";
import { CommandError, ExitCode } from "./command-error.js";
import { environmentOption } from "./load-application.js";
import { projectRoot, rootOption } from "./project-root.js";

interface BroadcastOptions {
  root: string;
  environment?: string;
}

export function addBroadcast(program: Command): void {
  program
    .command("broadcast")
    .summary("push to every session")
    .description(
      "Sends a push to every open session of the running cluster. The schema says what the message is; nothing is sent unless it fits.",
    )
    .argument("<push>", "<serverType>.<push>, such as chat.onChat")
    .argument("<json>", "the message, as protobuf maps it to JSON")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText(
      "after",
      `\nExample:\n  $ gatesmith broadcast chat.onChat '{"from":"operator","text":"we restart at noon"}'`,
    )
    .action(broadcast);
}

async function broadcast(push: string, json: string, options: BroadcastOptions): Promise<void> {
  let message: unknown;
  try {
    message = JSON.parse(json);
  } catch (error) {
    throw new CommandError(`the message of ${push} is no JSON: ${(error as Error).message}`, ExitCode.USAGE);
  }
  const root = projectRoot(options.root, ["schema/index.ts"]);
  const { broadcastPush } = await import("./broadcast-push.js");
  await broadcastPush(root, push, message, options.environment);
}
