/** What every part of one running server works with. Made by `runtime/running-server.ts`. */
import type { Logger } from "pino";
import type { Timing } from "../wire/timing.js";
import type { Calls } from "./cluster/calls.js";
import type { DeadlineWheel } from "./cluster/deadline-wheel.js";
import type { Operations } from "./cluster/operations.js";
import type { Peer } from "./cluster/peer.js";
import type { Retries } from "./cluster/retries.js";
import type { Router } from "./cluster/router.js";
import type { View } from "./cluster/view.js";
import type { ServerTypeEntry } from "./manifest.js";
import type { ManifestTables } from "./manifest-tables.js";
import type { Limits } from "./operate/configuration.js";
import type { Counters } from "./operate/counters.js";
import type { TickClock } from "./operate/tick-clock.js";
import type { SessionDataSchema } from "./session/session-data.js";

export interface ServerCore {
  /** `chat-2` */
  readonly id: string;
  /** From 1, within the type. */
  readonly number: number;
  readonly incarnation: number;
  readonly type: ServerTypeEntry;
  readonly typeIndex: number;
  /** The connector type whose servers are the homes of uids. */
  readonly userHomeType: number;
  readonly tables: ManifestTables;
  readonly sessionData: SessionDataSchema;
  readonly view: View;
  readonly router: Router;
  readonly calls: Calls;
  readonly operations: Operations;
  readonly retries: Retries;
  readonly wheel: DeadlineWheel;
  readonly timing: Timing;
  readonly clock: TickClock;
  readonly counters: Counters;
  readonly limits: Limits;
  readonly log: Logger;
  /** This server as its own peer; links to oneself are links like any other. */
  self(): Peer;
}
