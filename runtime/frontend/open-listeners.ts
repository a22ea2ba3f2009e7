/** Opens what a server's configuration says it listens on. */
import { isIPv6 } from "node:net";
import type { Timing } from "../../wire/timing.js";
import type { Endpoint, GateServer } from "../backend/application.js";
import type { ListenerRecord } from "../bus/cluster-messages.js";
import type { Limits } from "../operate/configuration.js";
import { type ListenerConfiguration, portOf } from "../operate/listener-configuration.js";
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
  const first = protocols[0]!.name;
  if (configuration.transport === "tcp") return [{ protocol: configuration.protocol ?? first, url }];
  const paths = Object.entries(configuration.paths ?? { "/": first });
  return paths.map(([path, protocol]) => ({ protocol, url: urlAt(url, path) }));
}

/** `/*` and `/` are where the address itself leads; it may have a path of its own. */
function urlAt(url: string, path: string): string {
  const below = path.replace(/\*$/, "");
  return below === "/" ? url : url.replace(/\/$/, "") + below;
}

/** What clients are told, with the port filled in. */
export function publicUrl(configuration: ListenerConfiguration, host: string, port: number): string {
  const secure = configuration.tls !== undefined;
  const name = hostInUrl(host);
  const made =
    configuration.transport === "tcp"
      ? `${secure ? "tls" : "tcp"}://${name}:{port}`
      : `${secure ? "wss" : "ws"}://${name}:{port}/`;
  return (configuration.advertise ?? made).replace("{port}", String(port));
}

/** As an address stands in a URL (RFC 3986): an IPv6 one in brackets. */
export function hostInUrl(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}

/** Throws ListenError. */
export async function openListener(configuration: ListenerConfiguration, options: ListenOptions): Promise<Listener> {
  const { core, frontend, handle, host, limits, timing } = options;
  const shared = {
    host,
    port: portOf(configuration, core.number),
    receiver: frontend,
    tls: configuration.tls ?? null,
    timing,
    log: core.log,
  };
  try {
    if (configuration.transport === "tcp") {
      return await listenTcp({
        ...shared,
        protocol: frontend.protocol(configuration.protocol),
        proxyProtocol: configuration.proxyProtocol,
        handshakeTimeout: limits.helloTimeout,
        handshakes: limits.sessions,
      });
    }
    const named = Object.entries(configuration.paths ?? { "/*": undefined });
    const { trustedProxies } = configuration;
    return await listenWebSocket({
      ...shared,
      paths: new Map(named.map(([path, protocol]) => [path, frontend.protocol(protocol)])),
      trusted: trustedProxies.length === 0 ? null : new TrustedProxies(trustedProxies),
      frameBytes: limits.frameBytes,
      choose: core.type.kind === "gate" ? chooserOf(handle) : null,
    });
  } catch (error) {
    throw error instanceof ListenError ? new ListenError(`${core.id}: ${error.message}`) : error;
  }
}

function chooserOf(handle: object): (uid: string, protocol: string) => Endpoint {
  const gate = handle as GateServer<unknown, object, object>;
  return (uid, protocol) => gate.choose(uid, protocol === "" ? undefined : protocol);
}
