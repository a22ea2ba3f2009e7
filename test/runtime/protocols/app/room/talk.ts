import type { Nothing, RoomContext, RoomServer, RoomTalk, Text } from "../../generated/server/index.js";
import { tellRoom } from "./tell-room.js";

export class Talk implements RoomTalk {
  readonly server: RoomServer;

  constructor(server: RoomServer) {
    this.server = server;
  }

  join(_request: Nothing, { session }: RoomContext): Nothing {
    this.server.channel(session.data.room).join(session);
    return {};
  }

  say({ text }: Text, { session, header, reply }: RoomContext): Text {
    tellRoom(this.server, session.data, text);
    if (text !== "!") Object.assign(reply, { cost: 80_000, tag: 4, note: `said ${text}` });
    return { text: `${text} ${header.zone ?? "-"} ${header.device ?? "-"}` };
  }

  shout({ text }: Text, { session }: RoomContext): void {
    tellRoom(this.server, session.data, text.toUpperCase());
  }
}
