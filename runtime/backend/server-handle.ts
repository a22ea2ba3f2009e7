/** What an application's group classes are given: the typed face of the server they run on. */
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import { ChannelHandle } from "../channel/channel-handle.js";
import { kickUser } from "../cluster/kick-user.js";
import { Failure } from "../failure.js";
import type { Delivery } from "../frontend/delivery.js";
import { chooseConnector } from "../frontend/gate.js";
import type { ServerCore } from "../server-core.js";
import type { Channel, Endpoint, GateServer, ServerInfo } from "./application.js";
import { PushSenderOf } from "./push-sender.js";
import { Remotes } from "./remotes.js";

/**
 * The handle of a server. Gates have `choose`; other types' generated interfaces do not show it.
 * @param delivery the server's own client side, once it exists: a push to a session it owns does not take the bus
 */
export function serverHandle(core: ServerCore, delivery: () => Delivery | null): GateServer<unknown, object, object> {
  return new ServerHandle(core, delivery);
}

class ServerHandle implements GateServer<unknown, object, object> {
  readonly id: string;
  readonly type: string;
  readonly number: number;
  readonly log: Logger;
  readonly timing: Timing;
  readonly push: object;
  readonly rpc: object;
  readonly #core: ServerCore;

  constructor(core: ServerCore, delivery: () => Delivery | null) {
    this.#core = core;
    this.id = core.id;
    this.type = core.type.name;
    this.number = core.number;
    this.log = core.log;
    this.timing = core.timing;
    this.rpc = new Remotes(core).callers();
    const push: Record<string, PushSenderOf> = Object.create(null);
    for (const entry of core.tables.manifest.pushes) {
      if (entry.serverType === core.type.name) push[entry.name] = new PushSenderOf(core, entry, delivery);
    }
    this.push = push;
  }

  channel(name: string): Channel<unknown> {
    return new ChannelHandle(this.#core, name);
  }

  choose(uid: string, protocol?: string): Endpoint {
    return chooseConnector(this.#core, uid, protocol);
  }

  async kickUser(uid: string, reason = ""): Promise<void> {
    await kickUser(this.#core, uid, reason);
  }

  servers(type?: string): readonly ServerInfo[] {
    const infos: ServerInfo[] = [];
    for (const { id, type: of, state, load } of this.#core.view.all()) {
      if (type === undefined || type === of) infos.push({ id, type: of, state, load });
    }
    return infos;
  }

  notImplemented(route: string): never {
    throw Failure.of("NOT_IMPLEMENTED", `${route} is in the schema, and its handler is not written yet`, "no");
  }
}
