/** Opens the port for health and metrics of one server, where the configuration has one; what it needs is loaded only then. */
import type { Configuration } from "./configuration.js";
import { portOf } from "./listener-configuration.js";
import type { OperateEndpoint, OperateEndpointOptions } from "./operate-endpoint.js";

export interface OpenEndpointOptions
  extends Pick<OperateEndpointOptions, "id" | "type" | "server" | "illness" | "timing"> {
  /** From 1, within the type. */
  readonly number: number;
}

/** Null: it has none. Rejects with ListenError. */
export async function openOperateEndpoint(
  { servers }: Configuration,
  options: OpenEndpointOptions,
): Promise<OperateEndpoint | null> {
  const { operate } = servers[options.type]!;
  if (operate === undefined) return null;
  const { OperateEndpoint } = await import("./operate-endpoint.js");
  return OperateEndpoint.open({ ...options, host: operate.host, port: portOf(operate, options.number) });
}
