/** `gatesmith stop`: ends a server of the running cluster. */
import type { Command } from "commander";
import { environmentOption } from "./load-application.js";
import { rootOption } from "./project-root.js";
import type { EndOptions } from "./server-end.js";

export function addStop(program: Command): void {
  program
    .command("stop")
    .summary("end a server")
    .description(
      "Tells a server of the running cluster to end now: its clients come back elsewhere, and what waited for it fails. Waits until it has left. `drain` is kinder.",
    )
    .argument("<server>", "its id: chat-2")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith stop chat-2")
    .action(stop);
}

async function stop(server: string, options: EndOptions): Promise<void> {
  const { endServer } = await import("./server-end.js");
  await endServer(server, "stop", options);
}
