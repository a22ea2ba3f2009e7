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
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
