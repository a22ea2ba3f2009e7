import { afterAll, beforeAll } from "vitest";
import { type NatsServer, startNatsServer } from "../../support/nats-server.js";
import { BEATS, chatting } from "./chatting.js";

let server: NatsServer;
let prefixes = 0;

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(() => server.stop());

chatting("nats", () => ({
  bus: { driver: "nats", servers: server.url, prefix: `chat.${++prefixes}`, ...BEATS },
  close: () => {},
}));
