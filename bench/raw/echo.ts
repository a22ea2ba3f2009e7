/** Limit of `routes` and, idle, of `memory`: uWebSockets.js sends back the frame it received, and does nothing else. */
import { app, listen } from "./server.js";

app.ws("/*", {
  idleTimeout: 0,
  message(socket, message) {
    socket.send(message, true);
  },
});

listen();
