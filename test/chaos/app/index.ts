import { defineApplication } from "../generated/server/index.js";
import { Entry } from "./connector/entry.js";
import { Hall } from "./room/hall.js";

export default defineApplication({
  gate: { groups: {} },
  connector: { groups: { entry: Entry } },
  room: { groups: { hall: Hall } },
});
