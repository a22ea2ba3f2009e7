import type { GateContext, GateEntry, GateServer, Text } from "../../generated/server/index.js";

export class Entry implements GateEntry {
  readonly server: GateServer;

  constructor(server: GateServer) {
    this.server = server;
  }

  query(_request: Text, _context: GateContext): Text {
    return this.server.notImplemented("gate.entry.query");
  }
}
