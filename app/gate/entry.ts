import type { EntryRequest, EntryResponse, GateEntry, GateServer } from "../../generated/server/index.js";

export class Entry implements GateEntry {
  readonly server: GateServer;

  constructor(server: GateServer) {
    this.server = server;
  }

  query(request: EntryRequest): EntryResponse {
    return { url: this.server.choose(request.uid).url };
  }
}
