/** The measured cluster: a connector and one backend in this process, with default settings. */
import { startCluster } from "gatesmith/runtime";
import { serveSuite } from "../child.js";
import application from "./app/index.js";

const cluster = await startCluster(application, {
  servers: { gate: { count: 0 }, connector: { port: 0 } },
  log: { level: "warn" },
});
serveSuite(Number(new URL(cluster.endpoints[0]!.url).port));
