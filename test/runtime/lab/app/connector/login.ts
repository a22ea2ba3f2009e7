import type {
  ConnectorContext,
  ConnectorLogin,
  ConnectorServer,
  Enter,
  Nothing,
} from "../../generated/server/index.js";

export class Login implements ConnectorLogin {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  /** Sets the session's data, and binds it unless the uid is empty. */
  enter(_request: Enter, _context: ConnectorContext): Nothing {
    return this.server.notImplemented("connector.login.enter");
  }

  leave(_request: Nothing, _context: ConnectorContext): Nothing {
    return this.server.notImplemented("connector.login.leave");
  }
}
