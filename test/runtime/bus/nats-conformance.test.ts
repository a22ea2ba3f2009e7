import { afterAll, beforeAll } from "vitest";
import { type NatsServer, startNatsServer } from "../../support/nats-server.js";
import { conformance } from "./conformance.js";
import { nats } from "./drivers.js";

let server: NatsServer;

beforeAll(async () => {
  server = await startNatsServer();
});

afterAll(() => server.stop());

conformance(nats(() => server));
