import { defineSchema } from "gatesmith/schema";
import { keyed, least, pinned, rooms, turn, work } from "./backends.js";
import { connector, gate, leastGate, turnGate } from "./frontends.js";
import { internal, main } from "./protocol.js";

/** What the runtime's tests run: every rule and option of the schema language once. */
export default defineSchema({
  name: "lab",
  version: 3,
  oldestClient: 2,
  protos: "./messages/*.proto",
  protocols: { main },
  internal,
  session: "lab.SessionData",
  servers: [gate, leastGate, turnGate, connector, work, rooms, pinned, keyed, turn, least],
  errors: {
    /** What a test's handler throws on purpose. */
    REFUSED_HERE: 1001,
  },
});
