import type { LeastContext, LeastHere, LeastRemoteContext, LeastServer, Text } from "../../generated/server/index.js";

export class Here implements LeastHere {
  readonly server: LeastServer;

  constructor(server: LeastServer) {
    this.server = server;
  }

  where(_request: Text, _context: LeastContext): Text {
    return this.server.notImplemented("least.here.where");
  }

  find(_request: Text, _context: LeastRemoteContext): Text {
    return this.server.notImplemented("least.here.find");
  }
}
