/** `gatesmith add`: one more server, under a `gatesmith start` that runs. */
import type { Command } from "commander";
import pc from "picocolors";
import type { Peer } from "../runtime/cluster/peer.js";
import { CommandError } from "./command-error.js";
import { environmentOption } from "./load-application.js";
import { rootOption } from "./project-root.js";

interface AddOptions {
  root: string;
  environment?: string;
  on?: string;
}

/** Milliseconds that a server may take to start. */
const START_PATIENCE = 60_000;

export function addAdd(program: Command): void {
  program
    .command("add")
    .summary("start one more server of a type")
    .description(
      "Starts one more server of a type under a `gatesmith start` that runs, and waits until it is ready. Its number is one that is free; a frontend listens on the port that follows from it. It is not written into the configuration: after a restart of `gatesmith start` it is gone.",
    )
    .argument("<type>", "a server type: chat")
    .option(
      "--on <supervisor>",
      "which `gatesmith start`, by its id or the beginning of it (default: the one with the fewest servers)",
    )
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", "\nExample:\n  $ gatesmith add chat --environment processes")
    .action(add);
}

async function add(type: string, { root, environment, on }: AddOptions): Promise<void> {
  const { until } = await import("./until.js");
  const { answerOf, supervisorsOf, withCluster } = await import("./administered-cluster.js");
  await withCluster(root, environment, async (cluster) => {
    const { administrator } = cluster;
    const { Operation } = await import("../runtime/bus/envelope.js");
    const { AddServer, ServerAdded } = await import("../runtime/bus/cluster-messages.js");
    const supervisor = chosen(await supervisorsOf(cluster, 1), on);
    const request = { codec: AddServer, message: { type } };
    const asked = administrator.ask(supervisor, Operation.ADD, request, ServerAdded, `one more ${type}`);
    const { id } = await answerOf(asked);
    const isReady = () => administrator.servers.some((peer) => peer.id === id && peer.state === "ready");
    if (await until(administrator, START_PATIENCE, isReady)) {
      process.stdout.write(`${pc.green("ok")} ${id} runs under ${supervisor.id}\n`);
      return;
    }
    const text = `${id} was started under ${supervisor.id}, and has not become ready in a minute: the log there says why`;
    throw new CommandError(text);
  });
}

/** Throws `CommandError`. */
function chosen(supervisors: readonly Peer[], on: string | undefined): Peer {
  const all = supervisors.map(({ id, load }) => `${id} (${load} servers)`).join(", ");
  const fitting = on === undefined ? supervisors : supervisors.filter(({ id }) => id.startsWith(on));
  const [first, ...others] = [...fitting].sort((a, b) => a.load - b.load);
  if (supervisors.length === 0) {
    throw new CommandError(
      "no `gatesmith start` is there: it starts servers. With `gatesmith run` one starts by itself",
    );
  }
  if (first === undefined) throw new CommandError(`no \`gatesmith start\` is called ${on}; there are ${all}`);
  if (on !== undefined && others.length > 0 && first.id !== on) {
    throw new CommandError(`several are called ${on}...: ${all}`);
  }
  return first;
}
