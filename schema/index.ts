import { defineSchema } from "gatesmith/schema";
import { chat } from "./chat.js";
import { connector } from "./connector.js";
import { gate } from "./gate.js";
import { internal, main } from "./protocol.js";

/** A chat: people enter rooms, and talk to everybody there or to one of them. */
export default defineSchema({
  name: "chat",
  version: 1,
  oldestClient: 1,
  protos: "./messages/*.proto",
  protocols: { main },
  internal,
  session: "chat.SessionData",
  servers: [gate, connector, chat],
  errors: {
    /** Somebody in the room has this name. */
    NAME_TAKEN: 1001,
    /** The session is in a room already. */
    ALREADY_ENTERED: 1002,
    /** Nobody in the room has the name the line is for. */
    NO_SUCH_MEMBER: 1003,
    /** A name or a room must have 1 to 32 characters. */
    BAD_NAME: 1004,
  },
});
