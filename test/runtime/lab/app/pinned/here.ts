import type {
  PinnedContext,
  PinnedHere,
  PinnedRemoteContext,
  PinnedServer,
  Text,
} from "../../generated/server/index.js";

export class Here implements PinnedHere {
  readonly server: PinnedServer;

  constructor(server: PinnedServer) {
    this.server = server;
  }

  where(_request: Text, _context: PinnedContext): Text {
    return this.server.notImplemented("pinned.here.where");
  }

  find(_request: Text, _context: PinnedRemoteContext): Text {
    return this.server.notImplemented("pinned.here.find");
  }
}
