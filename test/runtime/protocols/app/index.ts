import { defineApplication } from "../generated/server/index.js";
import { Door } from "./connector/door.js";
import { Im as ConnectorIm } from "./connector/im.js";
import { Im as RoomIm } from "./room/im.js";
import { Talk } from "./room/talk.js";

export default defineApplication({
  gate: { groups: {} },
  connector: { groups: { door: Door, im: ConnectorIm } },
  room: { groups: { talk: Talk, im: RoomIm } },
});
