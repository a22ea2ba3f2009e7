import {
  type ConnectorContext,
  type ConnectorEntry,
  type ConnectorServer,
  type EnterRequest,
  type EnterResponse,
  failure,
} from "../../generated/server/index.js";

const LONGEST_NAME = 32;

export class Entry implements ConnectorEntry {
  readonly server: ConnectorServer;

  constructor(server: ConnectorServer) {
    this.server = server;
  }

  async enter({ room, name }: EnterRequest, { session }: ConnectorContext): Promise<EnterResponse> {
    if (session.data.room !== "") throw failure("ALREADY_ENTERED", `this session is in room ${session.data.room}`);
    for (const value of [room, name]) {
      if (value.length === 0 || value.length > LONGEST_NAME) {
        throw failure("BAD_NAME", `"${value}" has ${value.length} characters, not 1 to ${LONGEST_NAME}`);
      }
    }
    // The room is the routing key: it must be known before the chat server that keeps the room can be found.
    await session.update({ room, name });
    try {
      const { names } = await this.server.rpc.chat.room.add({ room, name }, session);
      await session.bind(`${room}/${name}`);
      return { members: names };
    } catch (error) {
      await session.update({ room: "", name: "" });
      throw error;
    }
  }
}
