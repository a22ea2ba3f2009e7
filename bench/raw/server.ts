/** A raw uWebSockets.js server on a port of its own. The bench's only file that knows the library's module. */
import uWS, { type TemplatedApp } from "uWebSockets.js";
import { serveSuite } from "../child.js";

export const app: TemplatedApp = uWS.App();

export function listen(): void {
  app.listen("127.0.0.1", 0, (socket) => {
    if (!socket) throw new Error("no port of 127.0.0.1 can be listened on");
    serveSuite(uWS.us_socket_local_port(socket));
  });
}
