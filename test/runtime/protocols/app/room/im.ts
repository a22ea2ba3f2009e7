import {
  failure,
  type MembersReq,
  type MembersRes,
  type MsgData,
  type MsgDataAck,
  type RoomContext,
  type RoomIm,
  type RoomServer,
} from "../../generated/server/index.js";
import { tellRoom } from "./tell-room.js";

export class Im implements RoomIm {
  readonly server: RoomServer;

  constructor(server: RoomServer) {
    this.server = server;
  }

  /** Enters the room. */
  members({ userId }: MembersReq, { session }: RoomContext): MembersRes {
    if (userId === 0) throw failure("WRONG_PASSWORD");
    this.server.channel(session.data.room).join(session);
    return { resultCode: 0, names: [session.data.name] };
  }

  async message({ fromUserId, toSessionId, msgId, msgData }: MsgData, { session }: RoomContext): Promise<MsgDataAck> {
    const text = new TextDecoder().decode(msgData);
    if (text === "throw") throw failure("WRONG_PASSWORD");
    if (text === "kick") await session.kick("enough");
    tellRoom(this.server, session.data, text);
    return { userId: fromUserId, sessionId: toSessionId, msgId };
  }
}
