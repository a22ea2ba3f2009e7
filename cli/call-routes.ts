/** What `call` does: one connection of the client runtime, with everything it needs to know taken from the model. */
import { WebSocket } from "ws";
import { CallError, type ClientDescription, Connection } from "../client/index.js";
import type { Model } from "../generator/model.js";
import { clientModel } from "../generator/targets/client-typescript/client-model.js";
import { didYouMean } from "../wire/did-you-mean.js";
import { addressOf } from "./address.js";
import { describeClient, type Route } from "./client-description.js";
import { CommandError } from "./command-error.js";
import { untilInterrupted } from "./interruption.js";
import { loadModel } from "./load-model.js";
import { MessageJson } from "./message-json.js";

interface Call {
  readonly route: Route;
  readonly message: unknown;
}

export interface CallOptions {
  root: string;
  environment?: string;
  gate?: string;
  url?: string;
  uid: string;
  /** Milliseconds. */
  wait: number;
}

/** A route and its message as they were typed. */
export interface TypedCall {
  readonly route: string;
  readonly json: unknown;
}

/** Calls one after the other, and ends with the first that fails. Nothing is sent when one of the messages does not fit its route. */
export async function callRoutes(root: string, typed: readonly TypedCall[], options: CallOptions): Promise<void> {
  const interrupted = untilInterrupted().then(() => "interrupted" as const);
  const model = await loadModel(root);
  const messages = new MessageJson(model);
  const visible = clientModel(model);
  if (visible === null) {
    throw new CommandError(`${model.name} has no protocol with handshake(), and that is what \`call\` speaks`);
  }
  const description = describeClient(visible, visible.protocols[0]!, messages);
  const calls = typed.map(({ route, json }) => checkCall(model, description, messages, route, json));
  const routes = calls.map(({ route }) => route);
  const address = await addressOf(root, model, routes, options);
  const connection = await connect(description, address, options.uid);
  const lost = lossOf(connection);
  for (const push of description.pushes) {
    connection.subscribe(push, (body) => print({ push: push.route, body }));
  }
  try {
    for (const { route, message } of calls) {
      if (route.kind === "notify") {
        connection.notify(route, message);
        continue;
      }
      const reply = await Promise.race([connection.request(route, message), lost, interrupted]);
      if (reply === "interrupted") return;
      print({ reply: route.route, body: reply });
    }
    if (options.wait > 0) await waitAtMost(options.wait, Promise.race([lost, interrupted]));
  } catch (error) {
    throw error instanceof CallError ? new CommandError(describeFailure(error)) : error;
  } finally {
    connection.close();
  }
}

function checkCall(
  model: Model,
  description: ClientDescription,
  messages: MessageJson,
  name: string,
  message: unknown,
): Call {
  const route = description.routes.find((each) => each.route === name) as Route | undefined;
  if (route === undefined) throw unknownRoute(model, name);
  messages.encode(route.request.name, message);
  return { route, message };
}

function unknownRoute(model: Model, name: string): CommandError {
  const groups = model.servers.flatMap((server) => server.groups);
  const named = (routes: readonly { readonly route: string }[]) => routes.map(({ route }) => route);
  if (named(groups.flatMap(({ remotes }) => remotes)).includes(name)) {
    return new CommandError(`${name} is a remote: only servers call it`);
  }
  if (named(model.servers.flatMap(({ pushes }) => pushes)).includes(name)) {
    return new CommandError(`${name} is a push: only servers send it`);
  }
  const routes = named(groups.flatMap(({ handlers }) => handlers));
  const hint = didYouMean(name, routes) ?? `there are ${routes.join(", ")}`;
  return new CommandError(`the schema ${model.name} has no route ${name}; ${hint}`);
}

async function connect(
  description: ClientDescription,
  address: { gate?: string; url?: string },
  uid: string,
): Promise<Connection> {
  try {
    // One attempt: somebody waits at the terminal, and can try again.
    return await Connection.open(description, { ...address, uid, webSocket: WebSocket, connectTimeout: 0 });
  } catch (error) {
    const where = address.url ?? address.gate ?? "";
    const reason = (error as Error).message.replace(`cannot connect to ${description.name}: `, "");
    throw new CommandError(`cannot connect${reason.includes(where) ? "" : ` to ${where}`}: ${reason}`);
  }
}

/** Rejects when the connection is lost. It is raced against what is waited for, and may be the one nobody waits for. */
function lossOf(connection: Connection): Promise<never> {
  const lost = new Promise<never>((_resolve, reject) => {
    connection.onState((state) => {
      if (state.kind !== "waiting" && state.kind !== "closed") return;
      const reason = state.reason === "" ? "no reason was given" : state.reason;
      reject(new CommandError(`the connection was lost: ${reason}${state.code === null ? "" : ` (${state.code})`}`));
    });
  });
  lost.catch(() => {});
  return lost;
}

function describeFailure({ route, name, code, message, executed, logId }: CallError): string {
  const ran = {
    no: "the handler did not run",
    yes: "the handler ran",
    unknown: "whether the handler ran is not known",
  };
  const log = logId === "" ? "" : ` The server's log says more under ${logId}.`;
  return `${route} failed with ${name} (${code}): ${message} (${ran[executed]}).${log}`;
}

const print = (line: Record<string, unknown>) => process.stdout.write(`${JSON.stringify(line)}\n`);

async function waitAtMost(milliseconds: number, end: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([passed, end]);
  } finally {
    // It would keep the process alive.
    clearTimeout(timer);
  }
}
