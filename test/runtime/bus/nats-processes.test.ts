import { afterAll, beforeAll } from "vitest";
import { type NatsServer, startNatsServer } from "../../support/nats-server.js";
import { amongProcesses, BEATS } from "./among-processes.js";

let server: NatsServer;
let prefixes = 0;

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(() => server.stop());

amongProcesses("nats", () => ({
  configuration: { driver: "nats", servers: server.url, prefix: `processes.${++prefixes}`, ...BEATS },
  close: () => {},
}));
