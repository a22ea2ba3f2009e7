import type {
  ConnectorContext,
  ConnectorEntry,
  ConnectorServer,
  Done,
  Enter,
  Entered,
  Order,
} from "../../generated/server/index.js";
import { born, writeDown } from "../ledger-file.js";

export class Entry implements ConnectorEntry {
  readonly server: ConnectorServer;
  readonly #life: string;

  constructor(server: ConnectorServer) {
    this.server = server;
    this.#life = born(server.id);
  }

  async enter({ uid, room }: Enter, { session }: ConnectorContext): Promise<Entered> {
    await session.update({ uid, room });
    await session.bind(uid);
    await this.server.rpc.room.hall.join({ uid, room }, session);
    return { session: session.id };
  }

  /** Answered by the connector itself. */
  note({ nonce }: Order, { session }: ConnectorContext): Done {
    writeDown("executed", this.#life, nonce, session.id);
    return { nonce, server: this.server.id };
  }
}
