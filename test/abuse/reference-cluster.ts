/** The reference application's cluster in memory, and what must be left of it when everybody has gone: nothing. */

import type { ConfigurationInput } from "gatesmith/runtime";
import { startTestCluster, type TestCluster, type VirtualTiming } from "gatesmith/testing";
import application from "../../app/index.js";
import type { Frontend } from "../../runtime/frontend/frontend.js";

export interface ReferenceOptions {
  readonly timing?: VirtualTiming;
  readonly limits?: ConfigurationInput["limits"];
  readonly chats?: number;
}

export function startReference(options: ReferenceOptions = {}): Promise<TestCluster> {
  const { timing, limits, chats = 2 } = options;
  const servers = { gate: { count: 1 }, connector: { count: 2 }, chat: { count: chats } };
  return startTestCluster(application, { servers, limits, timing });
}

export function frontendOf(cluster: TestCluster, id: string): Frontend {
  return cluster.server(id).frontend!;
}
