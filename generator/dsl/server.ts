/** Server types. */
import type { BackendOptions, ConnectorOptions, GateOptions, ServerDefinition } from "./definition.js";
import { callSite } from "./site.js";

/** The frontend that tells a client which connector to use. */
export function gate(name: string, options: GateOptions): ServerDefinition {
  return { definition: "server", kind: "gate", name, options, site: callSite(gate) };
}

/** The frontend that keeps the clients' connections and sessions, and forwards what is for backends. */
export function connector(name: string, options: ConnectorOptions): ServerDefinition {
  return { definition: "server", kind: "connector", name, options, site: callSite(connector) };
}

/** A server without client connections: what the application does happens here. */
export function backend(name: string, options: BackendOptions): ServerDefinition {
  return { definition: "server", kind: "backend", name, options, site: callSite(backend) };
}
