/** What `drain` and `stop` have in common: a server is told to end, and has ended when it has left the bus. */
import pc from "picocolors";
import { type AdministeredCluster, answerOf, serverNamed, withCluster } from "./administered-cluster.js";
import { untilInterrupted } from "./interruption.js";

export interface EndOptions {
  root: string;
  environment?: string;
}

/** Milliseconds between two lines about how far it is. */
const INTERVAL = 1_000;

/** Resolves when the server has left, or the person at the terminal does not want to wait. */
export async function endServer(id: string, verb: "drain" | "stop", options: EndOptions): Promise<void> {
  const interrupted = untilInterrupted();
  const { Operation } = await import("../runtime/bus/envelope.js");
  await withCluster(options.root, options.environment, async (cluster) => {
    const { administrator, servers } = cluster;
    const peer = serverNamed(servers, id);
    const operation = verb === "drain" ? Operation.DRAIN : Operation.STOP;
    await answerOf(administrator.ask(peer, operation, null, null, `${verb} of ${id}`));
    process.stdout.write(`${id} ${verb === "drain" ? "drains" : "stops"}\n`);
    const left = untilLeft(cluster, id, peer.incarnation);
    const outcome = await Promise.race([left, interrupted.then(() => "interrupted" as const)]);
    process.stdout.write(
      outcome === "left" ? `${pc.green("ok")} ${id} has left\n` : `${id} goes on without being watched\n`,
    );
  });
}

async function untilLeft({ administrator }: AdministeredCluster, id: string, incarnation: number): Promise<"left"> {
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  const { Operation } = await import("../runtime/bus/envelope.js");
  const { ServerStatus } = await import("../runtime/bus/cluster-messages.js");
  let said = "";
  for (;;) {
    const peer = administrator.servers.find((one) => one.incarnation === incarnation);
    if (peer === undefined) return "left";
    let timer = { cancel: () => {} };
    const tick = new Promise<void>((resolve) => {
      timer = timing.after(INTERVAL, resolve);
    });
    await Promise.race([administrator.change(), tick]);
    timer.cancel();
    if (!peer.alive) continue;
    try {
      const { sessions, running } = await administrator.ask(peer, Operation.STATUS, null, ServerStatus, "status");
      const line = `${id} has ${count(sessions, "session")} and ${count(running, "request")} in progress\n`;
      if (line !== said) process.stdout.write(line);
      said = line;
    } catch {
      // It has left, or is about to.
    }
  }
}

export const count = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
