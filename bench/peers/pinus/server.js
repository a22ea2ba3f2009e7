/** One server of a pinus cluster: the master, the connector, or the backend. pinus itself reads which from the arguments. */
// pinus expects that an application has loaded it.
require("reflect-metadata");
const { pinus } = require("pinus");

const [, base] = process.argv.find((word) => word.startsWith("base=")).split("=");
const app = pinus.createApp({ base });
app.set("name", "bench");
app.configure("production", "connector", () => {
  // No heartbeat: the load generator sends none.
  app.set("connectorConfig", { connector: pinus.connectors.hybridconnector, useDict: true });
});
app.start(() => {
  const look = () => {
    if (app.serverType === "connector" && app.getServersByType("work").length === 0) setTimeout(look, 20);
    else process.send({ listening: app.getCurServer().clientPort ?? 0 });
  };
  look();
});
process.on("disconnect", () => process.exit());
