/** The other end of `hop.ts`: sends back what it gets, a chunk's messages in one write. Its argument is the path of its socket. */
import { createServer } from "node:net";
import { serveSuite } from "../child.js";
import { HopReader, HopWriter } from "./hops.js";

createServer((socket) => {
  const reader = new HopReader();
  const writer = new HopWriter();
  socket.on("data", (chunk) => {
    reader.take(chunk, (connection, message) => writer.add(connection, message));
    writer.writeTo(socket);
  });
}).listen(process.argv[2], () => serveSuite(0));
