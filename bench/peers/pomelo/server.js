/** One server of a pomelo cluster: the master, the connector, or the backend. pomelo itself reads which from the arguments. */
const pomelo = require("pomelo");

const [, base] = process.argv.find((word) => word.startsWith("base=")).split("=");
// Unless it is told, it prints whatever happens.
require("pomelo-logger").setGlobalLogLevel("ERROR");
const app = pomelo.createApp({ base });
app.set("name", "bench");
app.configure("production", "connector", () => {
  // No heartbeat: the load generator sends none.
  app.set("connectorConfig", { connector: pomelo.connectors.hybridconnector, useDict: true });
});
app.start(() => {
  const look = () => {
    if (app.serverType === "connector" && app.getServersByType("work").length === 0) setTimeout(look, 20);
    else process.send({ listening: app.getCurServer().clientPort ?? 0 });
  };
  look();
});
process.on("disconnect", () => process.exit());
