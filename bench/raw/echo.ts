/** Limit of `routes` and, idle, of `memory`: uWebSockets.js sends back the frame it received, and does nothing else. */
import uWS from "uWebSockets.js";
import { listen } from "./listen.js";

listen(
  uWS.App().ws("/*", {
    idleTimeout: 0,
    message(socket, message) {
      socket.send(message, true);
    },
  }),
);
