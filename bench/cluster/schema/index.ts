import { defineSchema } from "gatesmith/schema";
import { internal, main } from "./protocol.js";
import { connector, gate, work } from "./servers.js";

/** What the bench measures: one route on the connector, the same on a backend, and a channel that is published to. */
export default defineSchema({
  name: "bench",
  version: 1,
  oldestClient: 1,
  protos: "./messages/*.proto",
  protocols: { main },
  internal,
  session: "bench.SessionData",
  servers: [gate, connector, work],
  errors: {},
});
