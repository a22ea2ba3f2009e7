/** How the raw servers listen, each on a port of its own. */
import uWS, { type TemplatedApp } from "uWebSockets.js";
import { serveSuite } from "../child.js";

export function listen(app: TemplatedApp): void {
  app.listen("127.0.0.1", 0, (socket) => {
    if (!socket) throw new Error("no port of 127.0.0.1 can be listened on");
    serveSuite(uWS.us_socket_local_port(socket));
  });
}
