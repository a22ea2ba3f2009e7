import { defineConfig } from "gatesmith/runtime";

export default defineConfig({
  servers: {
    gate: { port: 3010 },
    connector: { count: 2, port: 3050 },
    chat: { count: 2 },
  },
  environments: {
    // A process for each server, on one machine. GATESMITH_BUS_SECRET has to be set.
    processes: { bus: { driver: "ipc", folder: "/tmp/gatesmith-chat" } },
    // Several machines, by a NATS server. `advertise` is what clients are told to connect to: the machine's name, or its proxy's.
    production: {
      bus: { driver: "nats", servers: "nats://127.0.0.1:4222" },
      servers: { gate: { host: "0.0.0.0" }, connector: { host: "0.0.0.0", advertise: "ws://localhost:{port}/" } },
    },
  },
});
