import type {
  ConnectorContext,
  ConnectorOwn,
  ConnectorRemoteContext,
  ConnectorServer,
  Text,
} from "../../generated/server/index.js";

export class Own implements ConnectorOwn {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  ask(_request: Text, _context: ConnectorContext): Text {
    return this.server.notImplemented("connector.own.ask");
  }

  tell(_message: Text, _context: ConnectorContext): void {
    this.server.notImplemented("connector.own.tell");
  }

  call(_request: Text, _context: ConnectorRemoteContext): Text {
    return this.server.notImplemented("connector.own.call");
  }
}
