import { rmSync } from "node:fs";
import { SECRET, temporaryFolder } from "../runtime/bus/drivers.js";
import { BEATS, Cluster } from "./cluster.js";
import { chaos } from "./suite.js";

chaos("ipc", async () => {
  const folder = temporaryFolder();
  const cluster = await Cluster.start(() => ({ driver: "ipc", folder, secret: SECRET, ...BEATS }));
  return {
    cluster,
    nats: null,
    async close() {
      await cluster.close();
      rmSync(folder, { recursive: true });
    },
  };
});
