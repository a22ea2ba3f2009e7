/** Where `call` connects to. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "../generator/model.js";
import type { Route } from "./client-description.js";
import { CommandError } from "./command-error.js";
import { CONFIGURATION_FILE, loadSettings } from "./load-application.js";

export interface Address {
  /** The gate that is asked for a connector. */
  readonly gate?: string;
  /** A server's WebSocket address. */
  readonly url?: string;
}

/** What the command line says, else the gate of the configuration. A gate's own routes are called at the gate. */
export async function addressOf(
  root: string,
  model: Model,
  routes: readonly Route[],
  given: Address & { readonly environment?: string },
): Promise<Address> {
  if (given.url !== undefined) return { url: given.url };
  const gates = model.servers.filter(({ kind }) => kind === "gate");
  const typeIds = gates.map(({ typeId }) => typeId);
  const [first] = routes.filter(({ serverType }) => typeIds.includes(serverType));
  if (first !== undefined && routes.some(({ serverType }) => serverType !== first.serverType)) {
    throw new CommandError(
      `${first.route} is answered by the gate and the others are not: call them on connections of their own`,
    );
  }
  const asked = gates.find(({ typeId }) => typeId === first?.serverType) ?? gates[0];
  const gate = given.gate ?? (await configuredGate(root, asked?.name, model, given.environment));
  return first === undefined ? { gate } : { url: gate.replace(/^http/, "ws") };
}

/** The first gate's address, by the configuration: the one this machine reaches it at. */
async function configuredGate(
  root: string,
  name: string | undefined,
  model: Model,
  environment: string | undefined,
): Promise<string> {
  const ask = "say where to connect with --gate or --url";
  if (name === undefined) throw new CommandError(`the schema has no gate: ${ask}`);
  if (!existsSync(join(root, CONFIGURATION_FILE))) throw new CommandError(`there is no ${CONFIGURATION_FILE}: ${ask}`);
  const types = model.servers.map((type) => type.name);
  const { servers } = await loadSettings(root, types, environment);
  const { host = "127.0.0.1", port: shorthand, listeners = [] } = servers?.[name] ?? {};
  const listener = listeners.find(({ transport }) => transport === "websocket");
  const port = shorthand ?? listener?.port;
  if (!port) throw new CommandError(`${CONFIGURATION_FILE} gives ${name} no port: ${ask}`);
  const scheme = listener?.tls === undefined ? "http" : "https";
  return `${scheme}://${host === "0.0.0.0" ? "127.0.0.1" : host}:${port}`;
}
