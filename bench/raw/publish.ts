/**
 * Limit of `fanout`: every socket subscribes to one uWebSockets.js topic, and `publish` sends it the frame that a Gatesmith channel
 * would. All sockets share the frame's sequence, where Gatesmith counts for each session. The frame is the argument, in hex.
 */
import { Pace, type PaceOptions } from "../pace.js";
import { app, listen } from "./server.js";

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

app.ws<PaceOptions>("/*", {
  idleTimeout: 0,
  upgrade(response, request, context) {
    const number = (name: keyof PaceOptions) => Number(request.getQuery(name));
    const options: PaceOptions = {
      members: number("members"),
      perTick: number("perTick"),
      ackers: number("ackers"),
      ackEvery: number("ackEvery"),
      window: number("window"),
    };
    response.upgrade(
      options,
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    );
  },
  open(socket) {
    socket.subscribe(TOPIC);
    pace.join(socket.getUserData());
  },
  message(socket) {
    pace.acknowledge(socket);
  },
  dropped(socket) {
    socket.end(1013, "a push was dropped: the pace is no bound");
  },
  close() {
    pace.leave();
  },
});

listen();
