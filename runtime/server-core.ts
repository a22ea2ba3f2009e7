/** What every part of one running server works with. */
import type { Logger } from "pino";
import type { Timing } from "../wire/timing.js";
import { SentChanges } from "./channel/sent-changes.js";
import { Calls } from "./cluster/calls.js";
import { DeadlineWheel } from "./cluster/deadline-wheel.js";
import { FrameOrder } from "./cluster/frame-order.js";
import { HomeBarrier } from "./cluster/home-barrier.js";
import { Notices } from "./cluster/notices.js";
import { Operations } from "./cluster/operations.js";
import type { Peer } from "./cluster/peer.js";
import { PushLosses } from "./cluster/push-losses.js";
import { Registrar } from "./cluster/registrar.js";
import { Retries } from "./cluster/retries.js";
import { Router } from "./cluster/router.js";
import type { ServerRecordFields } from "./cluster/server-record.js";
import { View } from "./cluster/view.js";
import type { ServerTypeEntry } from "./manifest.js";
import type { ManifestTables } from "./manifest-tables.js";
import type { Limits } from "./operate/configuration.js";
import { Counters } from "./operate/counters.js";
import { RouteTimes } from "./operate/route-times.js";
import { Tick } from "./operate/tick.js";
import { TickClock } from "./operate/tick-clock.js";
import { SessionDataSchema } from "./session/session-data.js";

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
  readonly notices: Notices;
  readonly pushLosses: PushLosses;
  /** What this server has sent to homes. */
  readonly frameOrder: FrameOrder;
  readonly sentChanges: SentChanges;
  /** This server as a home. */
  readonly homes: HomeBarrier;
  /** This server as a frontend that homes must know of. */
  readonly registrar: Registrar;
  readonly wheel: DeadlineWheel;
  readonly timing: Timing;
  readonly tick: Tick;
  readonly clock: TickClock;
  readonly counters: Counters;
  /** Of handlers and remotes, from their arrival here to their outcome. */
  readonly handlerTimes: RouteTimes;
  /** Of requests that were passed on to other servers, until their answers came. */
  readonly requestTimes: RouteTimes;
  readonly limits: Limits;
  readonly log: Logger;
  /** This server as its own peer; links to oneself are links like any other. */
  self(): Peer;
}

export interface ServerCoreOptions {
  readonly tables: ManifestTables;
  readonly type: string;
  /** From 1, within the type. */
  readonly number: number;
  readonly timing: Timing;
  readonly limits: Limits;
  readonly log: Logger;
}

/** `self` is asked when the server has met itself on the bus. */
export function makeServerCore(options: ServerCoreOptions, self: () => Peer): ServerCore {
  const { tables, number, timing, limits } = options;
  const typeIndex = tables.typeIndex.get(options.type)!;
  const type = tables.manifest.servers[typeIndex]!;
  const id = `${type.name}-${number}`;
  const log = options.log.child({ server: id });
  const linkIds = Math.max(tables.handlerByLink.length, tables.remoteByLink.length);
  const handlerTimes = new RouteTimes(timing, linkIds);
  const tick = new Tick(timing);
  const clock = new TickClock(timing, tick, () => handlerTimes.turnEnded());
  const wheel = new DeadlineWheel(timing);
  const view = new View(tables, (peer, record) => warnOfStranger(log, tables, peer, record));
  const calls = new Calls(wheel);
  const retries = new Retries(timing);
  const notices = new Notices(retries);
  const router = new Router(tables, view);
  const frameOrder = new FrameOrder();
  const userHomeType = tables.manifest.servers.findIndex(({ kind }) => kind === "connector");
  // 31 bits: V8 keeps larger integers on the heap, and every session names its owner. 0 is "no session" in an envelope.
  const incarnation = timing.random() >>> 1 || 1;
  return {
    id,
    number,
    incarnation,
    type,
    typeIndex,
    userHomeType,
    tables,
    sessionData: new SessionDataSchema(tables.manifest.session),
    view,
    router,
    calls,
    operations: new Operations(calls, clock, tables.errorNames, retries),
    retries,
    notices,
    pushLosses: new PushLosses({ type: type.name, userHomeType, view, notices, retries }),
    frameOrder,
    sentChanges: new SentChanges({ type: type.name, typeIndex, incarnation, router, frameOrder, timing }),
    homes: new HomeBarrier({ type: type.name, typeIndex, incarnation, view, notices, timing }),
    registrar: new Registrar({ incarnation, view, notices }),
    wheel,
    timing,
    tick,
    clock,
    counters: new Counters(),
    handlerTimes,
    requestTimes: new RouteTimes(timing, linkIds),
    limits,
    log,
    self,
  };
}

/** Both sides say so: whoever looks into either log learns why the cluster is in two. */
function warnOfStranger(log: Logger, { manifest }: ManifestTables, peer: string, record: ServerRecordFields): void {
  const { version, schemaHash } = manifest;
  log.warn(
    { peer, peerVersion: record.version, peerSchema: record.schemaHash, version, schema: schemaHash },
    "a server is left alone: neither its schema nor ours is in the other's lineage; `gatesmith check --against` tells what breaks",
  );
}
