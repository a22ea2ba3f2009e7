import { defineConfig } from "vitest/config";

const entry = (path: string) => new URL(path, import.meta.url).pathname;

/**
 * Suites that start processes, stop them and kill them. Each keeps every core busy, and a machine that does several things at once makes
 * processes look dead: they run one after the other, after all the rest, which runs as many files at once as there are cores.
 */
const PROCESSES = [
  "test/chaos/{ipc,nats,rolling-upgrade}.test.ts",
  "test/cli/{administration,run,supervision,supervision-nats}.test.ts",
  "test/runtime/bus/*-processes.test.ts",
  "test/runtime/processes/*.test.ts",
];

export default defineConfig({
  resolve: {
    alias: {
      "gatesmith/schema": entry("./generator/dsl/index.ts"),
      "gatesmith/runtime": entry("./runtime/index.ts"),
      "gatesmith/testing": entry("./testing/index.ts"),
    },
  },
  test: {
    pool: "forks",
    // Automation asks for colours by CI=true; what tests compare has none.
    env: { NO_COLOR: "1" },
    testTimeout: 60_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: { name: "rest", include: ["test/**/*.test.ts"], exclude: PROCESSES, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: { name: "processes", include: PROCESSES, fileParallelism: false, sequence: { groupOrder: 1 } },
      },
    ],
  },
});
