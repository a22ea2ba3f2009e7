import {
  type DockContext,
  type DockQuay,
  type DockRemoteContext,
  type DockServer,
  type DockSession,
  type Identity,
  Load,
  type Names,
  type Nothing,
  type Order,
  type Ship,
  type Text,
} from "../../generated/server/index.js";

/** The ships at each dock of one server. */
export class Quay implements DockQuay {
  readonly server: DockServer;
  readonly #docks = new Map<string, Set<string>>();

  constructor(server: DockServer) {
    this.server = server;
  }

  call({ text }: Text, { session }: DockContext): Nothing {
    const { dock, name } = session.data;
    this.server.push.onCall.toChannel(dock, { from: name, text });
    return {};
  }

  who(_request: Nothing, { session }: DockContext): Identity {
    return { clientIp: session.clientIp, uid: session.uid ?? "", ship: session.data };
  }

  unload({ push, count, bytes }: Order, { session }: DockContext): Nothing {
    const goods = new Uint8Array(bytes);
    for (let number = 1; number <= count; number++) {
      if (push === "onDrop") this.server.push.onDrop.toSession(session, { number, goods });
      else if (push === "onLatest") this.server.push.onLatest.toSession(session, { number, goods });
      else this.server.push.onLoad.toSession(session, { number, goods });
    }
    return {};
  }

  fetch({ count, bytes }: Order): Load {
    return { ...Load.create(), number: count, goods: new Uint8Array(bytes) };
  }

  async wait(_request: Nothing, { signal }: DockContext): Promise<Nothing> {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return {};
  }

  enter(ship: Ship, { session }: DockRemoteContext): Names {
    if (session === null) throw new Error("dock.quay.enter was called for no session");
    const { dock, name } = ship;
    const names = this.#docks.get(dock) ?? new Set();
    this.#docks.set(dock, names);
    this.server.push.onMoored.toChannel(dock, ship);
    names.add(name);
    this.server.channel(dock).join(session);
    return { names: [...names] };
  }

  onSessionClosed(session: DockSession): void {
    const { dock, name } = session.data;
    this.#docks.get(dock)?.delete(name);
    this.server.push.onLeft.toChannel(dock, { dock, name });
  }
}
