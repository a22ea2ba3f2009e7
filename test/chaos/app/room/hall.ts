import type {
  Done,
  Enter,
  Nothing,
  Order,
  RoomContext,
  RoomHall,
  RoomRemoteContext,
  RoomServer,
  RoomSession,
} from "../../generated/server/index.js";
import { born, writeDown } from "../ledger-file.js";

export class Hall implements RoomHall {
  readonly server: RoomServer;
  readonly #life: string;

  constructor(server: RoomServer) {
    this.server = server;
    this.#life = born(server.id);
  }

  /** Is pushed to everybody in the room, and once more to the session alone. */
  say({ nonce, wait, also, payload }: Order, { session }: RoomContext): Done | Promise<Done> {
    writeDown("executed", this.#life, nonce, session.id);
    const { room } = session.data;
    this.server.push.onTold.toSession(session, { nonce, session: session.id });
    this.server.push.onLine.toChannel(channelOf(room), { nonce, room, payload });
    writeDown("published", this.#life, nonce, room);
    const done = { nonce, server: this.server.id };
    if (also !== "")
      return this.#after(this.server.rpc.room.hall.also({ nonce, wait, also: "", payload }, { key: also }), done);
    if (wait > 0) return this.#after(new Promise((resolve) => setTimeout(resolve, wait)), done);
    return done;
  }

  join({ room }: Enter, { session }: RoomRemoteContext): Nothing {
    if (session !== null) this.server.channel(channelOf(room)).join(session);
    return {};
  }

  also({ nonce }: Order, _context: RoomRemoteContext): Done {
    writeDown("also", this.#life, nonce);
    return { nonce, server: this.server.id };
  }

  onSessionClosed(session: RoomSession): void {
    writeDown("closed", this.#life, session.id);
  }

  async #after(something: Promise<unknown>, done: Done): Promise<Done> {
    await something;
    return done;
  }
}

/** Not the room's own name: the channel's home may be another server than the one that answers for the room. */
function channelOf(room: string): string {
  return `everybody in ${room}`;
}
