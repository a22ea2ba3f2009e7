/** Says something to everybody in a room, in the messages that their protocols have for it. */
import type { Citizen, RoomServer } from "../../generated/server/index.js";

export function tellRoom(server: RoomServer, { name, room }: Citizen, text: string): void {
  server.push.onLine.toChannel(room, { from: name, text });
  server.push.onMessage.toChannel(room, {
    fromUserId: name.length,
    toSessionId: 2,
    msgId: 1,
    msgData: new TextEncoder().encode(text),
  });
}
