/** Generates whenever the schema changes. While the schema is broken, what was generated last stays. */
import { once } from "node:events";
import { join, resolve } from "node:path";
import { watch as watchFiles } from "chokidar";
import { type GenerateResult, generate } from "./generate.js";
import { LOCK_FILE } from "./lock.js";

export interface Watching {
  /** Stops. Resolves when nothing is written or reported any more. */
  close(): Promise<void>;
}

/** How long a file's size must not change before it counts as written, and how often it is looked at; in milliseconds. */
const SETTLED = { stabilityThreshold: 60, pollInterval: 20 };

/**
 * Generates at once, and again after every change below `schema/`. Changes during a run lead to one more run. Resolves when the first
 * run is done.
 */
export async function watch(folder: string, onResult: (result: GenerateResult) => void): Promise<Watching> {
  const root = resolve(folder);
  let outdated = true;
  let closed = false;
  let running: Promise<void> | null = null;

  const run = async (): Promise<void> => {
    while (outdated && !closed) {
      outdated = false;
      const result = await generate(root, { check: false });
      if (!closed) onResult(result);
    }
    running = null;
  };
  const changed = (): void => {
    outdated = true;
    if (!closed) running ??= run();
  };

  const lockFile = join(root, LOCK_FILE);
  const watcher = watchFiles(join(root, "schema"), {
    ignoreInitial: true,
    awaitWriteFinish: SETTLED,
    // Our own file, and what editors leave beside theirs.
    ignored: (path) => path === lockFile || /(~|\.tmp|\.swp)$/.test(path),
  });
  watcher.on("all", changed);
  await once(watcher, "ready");
  changed();
  await running;
  return {
    async close() {
      closed = true;
      await watcher.close();
      await running;
    },
  };
}
