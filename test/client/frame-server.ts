/**
 * A gate and a connector in one, on real sockets: answers `GET /entry`, welcomes clients, and echoes requests. `fail` is refused,
 * `push` is answered after a push, `leave` closes the connection instead.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { CloseCode } from "../../wire/close-code.js";
import { Pong, Welcome } from "../../wire/control.js";
import { ControlOffset } from "../../wire/control-id.js";
import { CONTROL_ID, description, Line, onChat } from "./article-protocol.js";
import { decodeFrames, encodeFrame, failureFrame, type IncomingFrame, join } from "./frames.js";
import { line, welcomeDefaults } from "./scripted-server.js";

export interface FrameServer {
  /** http://127.0.0.1:port */
  readonly gate: string;
  readonly url: string;
  /** The uids that asked for a connector, in order. */
  readonly asked: string[];
  readonly sockets: Set<WebSocket>;
  readonly messages: Uint8Array[];
  close(): Promise<void>;
}

export async function startFrameServer(welcome: Partial<Welcome> = {}): Promise<FrameServer> {
  const asked: string[] = [];
  const messages: Uint8Array[] = [];
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    response.setHeader("access-control-allow-origin", "*");
    if (pathname !== "/entry") {
      response.writeHead(404).end();
      return;
    }
    asked.push(searchParams.get("uid") ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ url: `ws://127.0.0.1:${port}/`, server: "connector-1" }));
  });
  const server = new WebSocketServer({ server: http });
  server.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => {
      messages.push(data);
      const answers = decodeFrames(description, data).map((frame) => answer(frame, socket, welcome));
      const bytes = join(...answers);
      if (bytes.length > 0) socket.send(bytes);
    });
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  return {
    gate: `http://127.0.0.1:${port}`,
    url: `ws://127.0.0.1:${port}/`,
    asked,
    sockets: server.clients,
    messages,
    close: () =>
      new Promise((resolve) => {
        for (const socket of server.clients) socket.terminate();
        http.closeAllConnections();
        http.close(() => resolve());
      }),
  };
}

function answer(frame: IncomingFrame, socket: WebSocket, fields: Partial<Welcome>): Uint8Array {
  const { messageId, sequence } = frame;
  switch (CONTROL_ID - messageId) {
    case ControlOffset.HELLO:
      return encodeFrame(description, {
        messageId,
        sequence,
        codec: Welcome,
        body: { ...welcomeDefaults(), ...fields },
      });
    case ControlOffset.PING:
      return encodeFrame(description, { messageId, sequence, codec: Pong, body: { serverTime: 0n } });
  }
  const { text } = frame.decode(Line);
  if (text === "fail") return failureFrame(description, messageId, sequence, 1002, { message: "taken" });
  if (text === "push") return join(line(onChat.messageId, 1, "pushed"), line(messageId, sequence, text));
  if (text === "leave") {
    socket.close(CloseCode.SERVER_LEAVING, "deploy");
    return new Uint8Array(0);
  }
  return line(messageId, sequence, text);
}
