import { defineSchema } from "gatesmith/schema";
import { internal, lines, main, next } from "./protocols.js";
import { connector, dock, gate } from "./servers.js";

/** Ships that come by different waters: the same routes in three protocols. */
export default defineSchema({
  name: "harbor",
  version: 2,
  oldestClient: 2,
  protos: "./messages/*.proto",
  protocols: { main, next, lines },
  internal,
  session: "harbor.Ship",
  servers: [gate, connector, dock],
});
