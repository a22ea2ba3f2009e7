/** What `broadcast` does: the schema makes the message's bytes, and every connector is asked to push them. */
import pc from "picocolors";
import type { Model } from "../generator/model.js";
import { Broadcast, Reach } from "../runtime/bus/cluster-messages.js";
import { Operation } from "../runtime/bus/envelope.js";
import { Failure } from "../runtime/failure.js";
import { didYouMean } from "../wire/did-you-mean.js";
import { withCluster } from "./administered-cluster.js";
import { CommandError } from "./command-error.js";
import { loadModel } from "./load-model.js";
import { MessageJson } from "./message-json.js";
import { count } from "./server-end.js";

/** Nothing is sent when the message does not fit the push. */
export async function broadcastPush(
  root: string,
  route: string,
  json: unknown,
  environment: string | undefined,
): Promise<void> {
  const model = await loadModel(root);
  const body = new MessageJson(model).encode(messageOf(model, route), json);
  const connectors = model.servers.filter(({ kind }) => kind === "connector").map(({ name }) => name);
  await withCluster(root, environment, async ({ administrator, servers }) => {
    const concerned = servers.filter(({ peer, status }) => connectors.includes(peer?.type ?? status?.type ?? ""));
    if (concerned.length === 0) throw new CommandError("no connector is there, and so no session");
    const request = { codec: Broadcast, message: { route, body } };
    const outcomes = await Promise.all(
      concerned.map(async ({ id, peer }) => {
        if (peer === null) return `${id} does not answer`;
        try {
          return await administrator.ask(peer, Operation.BROADCAST, request, Reach, "broadcast");
        } catch (error) {
          if (error instanceof Failure) return error.message;
          throw error;
        }
      }),
    );
    const reached = outcomes.filter((one): one is Reach => typeof one !== "string");
    const refusals = outcomes.filter((one): one is string => typeof one === "string");
    const sessions = reached.reduce((sum, one) => sum + one.sessions, 0);
    const took = `${count(reached.length, "connector")} took it, for ${count(sessions, "session")}`;
    if (refusals.length > 0) throw new CommandError([`only ${took}`, ...refusals].join("\n"));
    process.stdout.write(`${pc.green("ok")} ${took}\n`);
  });
}

/** The name of a push's message. Throws `CommandError`. */
function messageOf(model: Model, name: string): string {
  const pushes = model.servers.flatMap((server) => server.pushes);
  const push = pushes.find(({ route }) => route === name);
  if (push !== undefined) return push.message;
  const handlers = model.servers.flatMap(({ groups }) => groups.flatMap((group) => group.handlers));
  if (handlers.some(({ route }) => route === name)) {
    throw new CommandError(`${name} is a route that clients call, and no push: \`gatesmith call\` calls it`);
  }
  const names = pushes.map(({ route }) => route);
  const known = names.length === 0 ? "it has none" : `there are ${names.join(", ")}`;
  throw new CommandError(`the schema ${model.name} has no push ${name}; ${didYouMean(name, names) ?? known}`);
}
