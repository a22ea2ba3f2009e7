import { type BlackHoleProxy, startBlackHoleProxy } from "../support/black-hole-proxy.js";
import { startNatsServer } from "../support/nats-server.js";
import { BEATS, Cluster } from "./cluster.js";
import { chaos } from "./suite.js";

/** Who may be cut off: of the connectors that one which has clients. */
const BEHIND_PROXIES = ["room-2", "connector-1", "connector-2"];

chaos("nats", async () => {
  const server = await startNatsServer();
  const proxies = new Map<string, BlackHoleProxy>();
  for (const id of BEHIND_PROXIES) proxies.set(id, await startBlackHoleProxy(server.port));
  const cluster = await Cluster.start((id) => {
    const proxy = proxies.get(id);
    const servers = proxy === undefined ? server.url : `nats://127.0.0.1:${proxy.port}`;
    return { driver: "nats", servers, prefix: "chaos", ...BEATS };
  });
  return {
    cluster,
    nats: { server, proxies },
    async close() {
      await cluster.close();
      for (const proxy of proxies.values()) await proxy.close();
      await server.stop();
    },
  };
});
