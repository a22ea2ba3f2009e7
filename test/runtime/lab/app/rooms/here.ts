import type { RoomsContext, RoomsHere, RoomsRemoteContext, RoomsServer, Text } from "../../generated/server/index.js";

export class Here implements RoomsHere {
  readonly server: RoomsServer;

  constructor(server: RoomsServer) {
    this.server = server;
  }

  where(_request: Text, _context: RoomsContext): Text {
    return this.server.notImplemented("rooms.here.where");
  }

  find(_request: Text, _context: RoomsRemoteContext): Text {
    return this.server.notImplemented("rooms.here.find");
  }
}
