/** Opens what a server's configuration says it listens on. */
import type { Timing } from "../../wire/timing.js";
import type { GateServer } from "../backend/application.js";
import type { ListenerRecord } from "../bus/cluster-messages.js";
import { type Limits, type ListenerConfiguration, portOf } from "../operate/configuration.js";
import type { ServerCore } from "../server-core.js";
import { TrustedProxies } from "./client-address.js";
import type { Frontend } from "./frontend.js";
import type { FrontendProtocol } from "./frontend-protocol.js";
import { ListenError, type Listener } from "./listener.js";
import { listenTcp } from "./tcp-listener.js";
import { listenWebSocket } from "./websocket-listener.js";

export interface ListenOptions {
  readonly core: ServerCore;
  readonly frontend: Frontend;
  /** The server's handle; a gate's chooses connectors. */
  readonly handle: object;
  readonly host: string;
  readonly limits: Limits;
  readonly timing: Timing;
}

/** Where the clients of one listener connect: one record a protocol. */
export function addresses(
  configuration: ListenerConfiguration,
  protocols: readonly FrontendProtocol[],
  url: string,
): ListenerRecord[] {
  if (configuration.transport === "tcp") {
    return [{ protocol: configuration.protocol ?? protocols[0]!.name, url: url.replace(/\/$/, "") }];
  }
  const paths = Object.entries(configuration.paths ?? { "/": protocols[0]!.name });
  return paths.map(([path, protocol]) => ({ protocol, url: url.replace(/\/$/, path === "/*" ? "/" : path) }));
}

/** What clients are told, with the port filled in. */
export function publicUrl(configuration: ListenerConfiguration, host: string, port: number): string {
  const secure = configuration.tls !== undefined;
  const scheme = configuration.transport === "tcp" ? (secure ? "tls" : "tcp") : secure ? "wss" : "ws";
  return (configuration.advertise ?? `${scheme}://${host}:{port}/`).replace("{port}", String(port));
}

/** Throws ListenError. */
export async function openListener(configuration: ListenerConfiguration, options: ListenOptions): Promise<Listener> {
  const { core, frontend, handle, host, limits, timing } = options;
  const port = portOf(configuration, core.number);
  const { log } = core;
  const tls = configuration.tls ?? null;
  const receiver = frontend;
  if (configuration.transport === "tcp") {
    const { proxyProtocol } = configuration;
    const protocol = frontend.protocol(configuration.protocol);
    const handshakeTimeout = limits.helloTimeout;
    return listenTcp({ host, port, protocol, receiver, tls, proxyProtocol, handshakeTimeout, timing, log });
  }
  const named = Object.entries(configuration.paths ?? { "/*": undefined });
  const paths = new Map(named.map(([path, protocol]) => [path, frontend.protocol(protocol)]));
  let trusted: TrustedProxies | null = null;
  try {
    if (configuration.trustedProxies.length > 0) trusted = new TrustedProxies(configuration.trustedProxies);
  } catch (error) {
    throw new ListenError(`${core.id}: trustedProxies: ${(error as Error).message}`);
  }
  const choose =
    core.type.kind === "gate"
      ? (uid: string, protocol: string) =>
          (handle as GateServer<unknown, object, object>).choose(uid, protocol === "" ? undefined : protocol)
      : null;
  const { frameBytes } = limits;
  return listenWebSocket({ host, port, paths, receiver, tls, trusted, frameBytes, choose, timing, log });
}
