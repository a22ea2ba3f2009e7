/** `gatesmith call`: calls routes as a client would, and prints what comes back. */
import { type Command, InvalidArgumentError } from "commander";
import type { CallError, Connection } from "../client/index.js";
import { didYouMean } from "../generator/did-you-mean.js";
import type { Model } from "../generator/model.js";
import type { Route } from "./client-description.js";
import { CommandError, ExitCode } from "./command-error.js";
import { projectRoot, rootOption } from "./project-root.js";

interface CallOptions {
  root: string;
  gate?: string;
  url?: string;
  uid: string;
  wait: number;
}

interface Call {
  readonly route: Route;
  readonly message: unknown;
}

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
  const pairs = pair([route, json, ...more]);
  if (options.gate !== undefined && options.url !== undefined) {
    throw new CommandError("--gate and --url are both given: one of them says where to connect", ExitCode.USAGE);
  }
  const root = projectRoot(options.root, "schema/index.ts");
  const { loadModel } = await import("./load-model.js");
  const { MessageJson } = await import("./message-json.js");
  const { describeClient } = await import("./client-description.js");
  const model = await loadModel(root);
  const messages = new MessageJson(model);
  const description = describeClient(model, model.protocols[0]!, messages);
  const calls = pairs.map(({ route, json }): Call => {
    const found = description.routes.find((each) => each.route === route);
    if (found === undefined) throw unknownRoute(model, route);
    const message = parseJson(route, json);
    // Here, so that nothing is sent when a later message is wrong.
    messages.encode(found.request.name, message);
    return { route: found as Route, message };
  });

  const { CallError, Connection } = await import("../client/index.js");
  const { addressOf } = await import("./address.js");
  const { WebSocket } = await import("ws");
  const address = await addressOf(
    root,
    model,
    calls.map(({ route }) => route),
    options,
  );
  let connection: Connection;
  try {
    connection = await Connection.open(description, {
      ...address,
      uid: options.uid,
      webSocket: WebSocket,
      connectTimeout: 0,
    });
  } catch (error) {
    throw new CommandError(`cannot connect to ${address.url ?? address.gate}: ${(error as Error).message}`);
  }
  const over = new Promise<never>((_resolve, reject) => {
    connection.onState((state) => {
      if (state.kind !== "waiting" && state.kind !== "closed") return;
      reject(
        new CommandError(
          `the connection was closed: ${state.reason || "no reason given"} (${state.code ?? "no code"})`,
        ),
      );
    });
  });
  // It is awaited together with what is waited for, and may reject before that.
  over.catch(() => {});
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve("interrupted"));
  });
  for (const push of description.pushes) {
    connection.subscribe(push, (body) => print({ push: push.route, body }));
  }
  try {
    for (const { route, message } of calls) {
      if (route.kind === "notify") {
        connection.notify(route, message);
        continue;
      }
      const reply = await Promise.race([connection.request(route, message), over, interrupted]);
      if (reply === "interrupted") return;
      print({ reply: route.route, body: reply });
    }
    if (options.wait > 0) await Promise.race([pause(options.wait), over, interrupted]);
  } catch (error) {
    throw error instanceof CallError ? new CommandError(describeFailure(error)) : error;
  } finally {
    connection.close();
  }
}

function pair(words: readonly string[]): { route: string; json: string }[] {
  if (words.length % 2 === 1) {
    throw new CommandError(
      `${words.at(-1)} has no message behind it: give a route and its JSON, in turns`,
      ExitCode.USAGE,
    );
  }
  return Array.from({ length: words.length / 2 }, (_, index) => ({
    route: words[2 * index]!,
    json: words[2 * index + 1]!,
  }));
}

function parseJson(route: string, json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw new CommandError(`the message of ${route} is no JSON: ${(error as Error).message}`, ExitCode.USAGE);
  }
}

function unknownRoute(model: Model, route: string): CommandError {
  const routes = model.servers.flatMap(({ groups }) =>
    groups.flatMap(({ handlers }) => handlers.map((each) => each.route)),
  );
  const remotes = model.servers.flatMap(({ groups }) =>
    groups.flatMap((group) => group.remotes.map((each) => each.route)),
  );
  const pushes = model.servers.flatMap((server) => server.pushes.map((push) => push.route));
  if (remotes.includes(route)) return new CommandError(`${route} is a remote: only servers call it`);
  if (pushes.includes(route)) return new CommandError(`${route} is a push: only servers send it`);
  const hint = didYouMean(route, routes) ?? `there are ${routes.join(", ")}`;
  return new CommandError(`the schema ${model.name} has no route ${route}; ${hint}`);
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

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
