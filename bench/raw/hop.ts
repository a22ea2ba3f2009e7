/**
 * What an answer by another process costs at least: uWebSockets.js passes each message to `hop-backend.ts` over a Unix socket, and sends
 * back what comes from there. A tick's messages leave in one write, and a connection's answers under one cork. There is no header, no
 * session and no route. Its argument is the path of the backend's socket.
 */

import type { WebSocket } from "uWebSockets.js";
import { connect } from "node:net";
import { HopReader, HopWriter, readInto } from "./hops.js";
import { app, listen } from "./server.js";

interface Connection {
  id: number;
  /** What has come for it in this chunk. */
  readonly answers: Uint8Array[];
}

const connections: (WebSocket<Connection> | null)[] = [];
const free: number[] = [];
const answered: WebSocket<Connection>[] = [];
const reader = new HopReader();
const writer = new HopWriter();
let scheduled = false;

const onread = readInto((chunk) => {
  reader.take(chunk, answer);
  for (const socket of answered) send(socket);
  answered.length = 0;
});
const backend = connect({ path: process.argv[2] ?? "", onread }, listen);

function answer(id: number, message: Uint8Array): void {
  const socket = connections[id] ?? null;
  if (socket === null) return;
  const { answers } = socket.getUserData();
  if (answers.length === 0) answered.push(socket);
  answers.push(message);
}

function send(socket: WebSocket<Connection>): void {
  const { answers } = socket.getUserData();
  socket.cork(() => {
    for (const message of answers) socket.send(message, true);
  });
  answers.length = 0;
}

function flush(): void {
  scheduled = false;
  writer.writeTo(backend);
}

app.ws<Connection>("/*", {
  idleTimeout: 0,
  upgrade(response, request, context) {
    response.upgrade<Connection>(
      { id: 0, answers: [] },
      request.getHeader("sec-websocket-key"),
      request.getHeader("sec-websocket-protocol"),
      request.getHeader("sec-websocket-extensions"),
      context,
    );
  },
  open(socket) {
    const id = free.pop() ?? connections.length;
    connections[id] = socket;
    socket.getUserData().id = id;
  },
  message(socket, message) {
    writer.add(socket.getUserData().id, new Uint8Array(message));
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  },
  close(socket) {
    const { id } = socket.getUserData();
    connections[id] = null;
    free.push(id);
  },
});
