import { rmSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { startServer } from "gatesmith/runtime";
import { expect, it } from "vitest";
import application from "../../app/index.js";
import { SECRET, temporaryFolder } from "./bus/drivers.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

it.each(["gate-1", "connector-1", "chat-1"])(
  "%s is given up, comes back, and nothing of it is kept",
  async (server) => {
    const folder = temporaryFolder();
    const started = await startServer(
      application,
      {
        bus: { driver: "ipc", folder, secret: SECRET, beat: 100, window: 10_000 },
        servers: { gate: { port: 0 }, connector: { port: 0 } },
        log: { level: "silent" },
      },
      { server },
    );
    try {
      const lives: WeakRef<object>[] = [];
      for (let life = 0; life < 3; life++) {
        const { incarnation } = started.server.core;
        lives.push(new WeakRef(started.server));
        started.server.evicted("dead");
        while (started.server.core.incarnation === incarnation) await pause(20);
      }
      // What it had under way ends in its own time.
      for (let attempt = 0; attempt < 100 && lives.some((life) => life.deref() !== undefined); attempt++) {
        await pause(100);
        collect();
      }
      expect(lives.map((life) => life.deref()?.constructor.name)).toEqual([undefined, undefined, undefined]);
    } finally {
      await started.stop();
      rmSync(folder, { recursive: true });
    }
  },
);
