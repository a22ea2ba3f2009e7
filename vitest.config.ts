import { defineConfig } from "vitest/config";

const entry = (path: string) => new URL(path, import.meta.url).pathname;

export default defineConfig({
  resolve: {
    alias: {
      "gatesmith/schema": entry("./generator/dsl/index.ts"),
      "gatesmith/runtime": entry("./runtime/index.ts"),
      "gatesmith/testing": entry("./testing/index.ts"),
    },
  },
  test: {
    include: ["test/**/*.test.ts"],
    pool: "forks",
    // Automation asks for colours by CI=true; what tests compare has none.
    env: { NO_COLOR: "1" },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
