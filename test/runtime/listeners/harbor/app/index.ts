import { defineApplication } from "../generated/server/index.js";
import { Pier } from "./connector/pier.js";
import { Quay } from "./dock/quay.js";
import { EntryGroup } from "./gate/entry.js";

export default defineApplication({
  gate: { groups: { entry: EntryGroup } },
  connector: { groups: { pier: Pier } },
  dock: { groups: { quay: Quay } },
});
