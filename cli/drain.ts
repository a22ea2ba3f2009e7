/** `gatesmith drain`: has a server finish what it has and send its clients elsewhere, and waits until it has left. */
import type { Command } from "commander";
import { environmentOption } from "./load-application.js";
import { rootOption } from "./project-root.js";
import type { EndOptions } from "./server-end.js";

export function addDrain(program: Command): void {
  program
    .command("drain")
    .summary("end a server without losing what it has")
    .description(
      "Tells a server of the running cluster to take no new work, finish what it has and send its clients elsewhere; then it ends. Waits until it has left. Ctrl-C ends the waiting, not the draining.",
    )
    .argument("<server>", "its id: chat-2")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith drain chat-2")
    .action(drain);
}

async function drain(server: string, options: EndOptions): Promise<void> {
  const { endServer } = await import("./server-end.js");
  await endServer(server, "drain", options);
}
