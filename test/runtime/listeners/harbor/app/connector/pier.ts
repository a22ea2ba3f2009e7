import type {
  ConnectorContext,
  ConnectorPier,
  ConnectorServer,
  Identity,
  Names,
  Nothing,
  Ship,
  Text,
} from "../../generated/server/index.js";

export class Pier implements ConnectorPier {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  async moor(ship: Ship, { session }: ConnectorContext): Promise<Names> {
    await session.update(ship);
    const names = await this.server.rpc.dock.quay.enter(ship, session);
    await session.bind(`${ship.dock}/${ship.name}`);
    return names;
  }

  echo(request: Text): Text {
    return request;
  }

  who(_request: Nothing, { session }: ConnectorContext): Identity {
    return { clientIp: session.clientIp, uid: session.uid ?? "", ship: session.data };
  }
}
