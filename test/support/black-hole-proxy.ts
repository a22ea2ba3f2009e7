/**
 * A TCP proxy between a client and a server that can stop carrying bytes, in one direction or in both, without anybody being told: what a
 * lost network looks like. What was sent meanwhile arrives when it heals, if the connection still stands, as TCP has it.
 */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface BlackHoleProxy {
  readonly port: number;
  /** From here on nothing is carried `to` the server, or `from` it. */
  swallow(directions: { readonly to?: boolean; readonly from?: boolean }): void;
  /** Everything is carried again. */
  heal(): void;
  close(): Promise<void>;
}

export async function startBlackHoleProxy(target: number): Promise<BlackHoleProxy> {
  /** Who is read from, and in which direction that is. */
  const sockets = new Map<Socket, "to" | "from">();
  const swallowed = { to: false, from: false };
  const steer = (socket: Socket, direction: "to" | "from") => {
    if (swallowed[direction]) socket.pause();
    else socket.resume();
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const [socket, other, direction] of [
      [client, upstream, "to"],
      [upstream, client, "from"],
    ] as const) {
      sockets.set(socket, direction);
      socket.on("data", (chunk: Buffer) => void other.write(chunk));
      socket.on("error", () => {});
      socket.on("end", () => other.end());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
      steer(socket, direction);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const steerAll = () => {
    for (const [socket, direction] of sockets) steer(socket, direction);
  };
  return {
    port: (server.address() as AddressInfo).port,
    swallow({ to = false, from = false }) {
      swallowed.to ||= to;
      swallowed.from ||= from;
      steerAll();
    },
    heal() {
      swallowed.to = false;
      swallowed.from = false;
      steerAll();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets.keys()) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
