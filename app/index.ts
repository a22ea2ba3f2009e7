import { defineApplication } from "../generated/server/index.js";
import { Room } from "./chat/room.js";
import { Entry as ConnectorEntry } from "./connector/entry.js";
import { Entry as GateEntry } from "./gate/entry.js";

export default defineApplication({
  gate: { groups: { entry: GateEntry } },
  connector: { groups: { entry: ConnectorEntry } },
  chat: { groups: { room: Room } },
});
