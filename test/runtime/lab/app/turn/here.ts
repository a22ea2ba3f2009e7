import type { Text, TurnContext, TurnHere, TurnRemoteContext, TurnServer } from "../../generated/server/index.js";

export class Here implements TurnHere {
  readonly server: TurnServer;

  constructor(server: TurnServer) {
    this.server = server;
  }

  where(_request: Text, _context: TurnContext): Text {
    return this.server.notImplemented("turn.here.where");
  }

  find(_request: Text, _context: TurnRemoteContext): Text {
    return this.server.notImplemented("turn.here.find");
  }
}
