/** A socket.io server that acknowledges an event with what came in it. One process: nothing is routed. */
import { Server } from "socket.io";

// Pings are far apart: the load generator answers none.
const io = new Server({ transports: ["websocket"], serveClient: false, pingInterval: 600_000 });
io.on("connection", (socket) => {
  socket.on("hit", (line, acknowledge) => acknowledge(line));
});
io.listen(0);
const { httpServer } = io;
httpServer.on("listening", () => process.send({ listening: httpServer.address().port }));
process.on("disconnect", () => process.exit());
