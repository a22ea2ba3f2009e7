/** A Colyseus server with one room, which sends every message back to whom it came from. One process: nothing is routed. */
import { Room, Server } from "@colyseus/core";
import { WebSocketTransport } from "@colyseus/ws-transport";

class Echo extends Room {
  onCreate() {
    this.onMessage("hit", (client, line) => client.send("hit", line));
  }
}

// No pings: what is measured is the messages.
const transport = new WebSocketTransport({ pingInterval: 0 });
const server = new Server({ transport, greet: false });
server.define("echo", Echo);
await server.listen(0, "127.0.0.1");
process.send({ listening: transport.server.address().port });
process.on("disconnect", () => process.exit());
