/**
 * Limit of `fanout`: every socket subscribes to one uWebSockets.js topic, and `publish` sends it the frame that a Gatesmith channel
 * would. All sockets share the frame's sequence, where Gatesmith counts for each session. The frame is the argument, in hex.
 */
import { Pace } from "../pace.js";
import { app, listen } from "./server.js";

interface Query {
  readonly members: number;
  readonly perTick: number;
}

const TOPIC = "everybody";

/** Offset of the big-endian u32 in a push that counts them. */
const SEQUENCE_AT = 2;

const frame = Buffer.from(process.argv[2] ?? "", "hex");
let sequence = 0;

const pace = new Pace(() => {
  sequence = (sequence + 1) >>> 0;
  frame.writeUInt32BE(sequence, SEQUENCE_AT);
  app.publish(TOPIC, frame, true);
});

app.ws<Query>("/*", {
  idleTimeout: 0,
  upgrade(response, request, context) {
    const query = { members: Number(request.getQuery("members")), perTick: Number(request.getQuery("perTick")) };
    response.upgrade(
      query,
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    );
  },
  open(socket) {
    const { members, perTick } = socket.getUserData();
    socket.subscribe(TOPIC);
    pace.join(members, perTick);
  },
  message() {
    pace.acknowledge();
  },
  dropped(socket) {
    socket.end(1013, "a push was dropped: the pace is no bound");
  },
  close() {
    pace.leave();
  },
});

listen();
