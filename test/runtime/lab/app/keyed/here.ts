import type { KeyedContext, KeyedHere, KeyedRemoteContext, KeyedServer, Text } from "../../generated/server/index.js";

export class Here implements KeyedHere {
  readonly server: KeyedServer;

  constructor(server: KeyedServer) {
    this.server = server;
  }

  where(_request: Text, _context: KeyedContext): Text {
    return this.server.notImplemented("keyed.here.where");
  }

  find(_request: Text, _context: KeyedRemoteContext): Text {
    return this.server.notImplemented("keyed.here.find");
  }
}
