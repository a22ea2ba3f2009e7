import type {
  Citizen,
  ConnectorContext,
  ConnectorDoor,
  ConnectorServer,
  Nothing,
  Text,
} from "../../generated/server/index.js";

export class Door implements ConnectorDoor {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  async enter(citizen: Citizen, { session }: ConnectorContext): Promise<Nothing> {
    await session.update(citizen);
    await session.bind(citizen.name);
    return {};
  }

  /** What the header said stands behind the text; a text of "!" sets nothing on the answer. */
  echo({ text }: Text, { header, reply }: ConnectorContext): Text {
    if (text !== "!") Object.assign(reply, { cost: 70_000, tag: 3, note: `to ${text}` } satisfies typeof reply);
    return { text: `${text} ${header.zone ?? "-"} ${header.device ?? "-"}` };
  }

  secret({ text }: Text): Text {
    return { text };
  }
}
