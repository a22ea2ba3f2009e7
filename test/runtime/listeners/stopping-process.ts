/**
 * A process with a harbor of all kinds of listeners. It prints their addresses, stops the harbor at the first word on its standard
 * input, and has no other reason to end than that nothing is left to do.
 */
import { startCluster } from "gatesmith/runtime";
import application from "./harbor/app/index.js";

const [certificate, key] = process.argv.slice(2) as [string, string];
const tls = { certificate, key };

const cluster = await startCluster(application, {
  servers: {
    gate: { port: 0 },
    connector: {
      listeners: [
        { transport: "tcp", port: 0 },
        { transport: "websocket", port: 0 },
        { transport: "tcp", port: 0, tls },
        { transport: "websocket", port: 0, tls },
      ],
    },
  },
  log: { level: "silent" },
});
const urls = cluster.endpoints.filter(({ server }) => server === "connector-1").map(({ url }) => url);
process.stdout.write(`${JSON.stringify(urls)}\n`);
process.stdin.once("data", () => void cluster.stop());
