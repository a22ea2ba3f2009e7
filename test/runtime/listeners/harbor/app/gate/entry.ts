import type { Address, Entry, GateEntry, GateServer } from "../../generated/server/index.js";

export class EntryGroup implements GateEntry {
  readonly server: GateServer;

  constructor(server: GateServer) {
    this.server = server;
  }

  query({ uid, protocol }: Entry): Address {
    return this.server.choose(uid, protocol === "" ? undefined : protocol);
  }
}
