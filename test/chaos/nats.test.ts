import { startBlackHoleProxy } from "../support/black-hole-proxy.js";
import { startNatsServer } from "../support/nats-server.js";
import { BEATS, Cluster } from "./cluster.js";
import { chaos } from "./suite.js";

chaos("nats", async () => {
  const server = await startNatsServer();
  const proxy = await startBlackHoleProxy(server.port);
  const cluster = await Cluster.start((id) => {
    const servers = id === "room-2" ? `nats://127.0.0.1:${proxy.port}` : server.url;
    return { driver: "nats", servers, prefix: "chaos", ...BEATS };
  });
  return {
    cluster,
    nats: { server, proxy },
    async close() {
      await cluster.close();
      await proxy.close();
      await server.stop();
    },
  };
});
