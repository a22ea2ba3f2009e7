import { defineApplication } from "../generated/server/index.js";
import { Echo as ConnectorEcho } from "./connector/echo.js";
import { Entry } from "./connector/entry.js";
import { Echo as WorkEcho } from "./work/echo.js";
import { Fan } from "./work/fan.js";

export default defineApplication({
  gate: { groups: {} },
  connector: { groups: { entry: Entry, echo: ConnectorEcho } },
  work: { groups: { echo: WorkEcho, fan: Fan } },
});
