import { defineSchema } from "gatesmith/schema";
import { internal, json, labelled, lines, main, pomelo, teamtalk } from "./protocols.js";
import { connector, gate, room } from "./servers.js";

/** A town whose people speak six protocols, two of them with message keys that the others do not have. */
export default defineSchema({
  name: "town",
  version: 1,
  protos: "./messages/*.proto",
  protocols: { main, teamtalk, json, lines, labelled, pomelo },
  internal,
  session: "town.Citizen",
  servers: [gate, connector, room],
  errors: {
    /** The name or the password is wrong. */
    WRONG_PASSWORD: 1001,
  },
});
