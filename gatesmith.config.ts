import { defineConfig } from "gatesmith/runtime";

export default defineConfig({
  servers: {
    gate: { port: 3010 },
    connector: { count: 2, port: 3050 },
    chat: { count: 2 },
  },
});
