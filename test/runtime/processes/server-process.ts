/** One server of the reference application in a process of its own, for tests that stop and kill it. Tells its parent what becomes of it. */
import { type ConfigurationInput, startServer } from "gatesmith/runtime";
import application from "../../../app/index.js";

export type ServerProcessReport =
  | { readonly ready: number; readonly gates: readonly string[]; readonly urls: readonly string[] }
  | { readonly ended: string };

const { server, configuration } = JSON.parse(process.argv[2]!) as { server: string; configuration: ConfigurationInput };

const report = (what: ServerProcessReport) => process.send?.(what);

try {
  const started = await startServer(application, configuration, { server });
  const tell = () => {
    const { gates, urls } = started;
    report({ ready: started.server.core.incarnation, gates, urls });
  };
  tell();
  let { incarnation } = started.server.core;
  setInterval(() => {
    if (started.server.core.incarnation === incarnation) return;
    incarnation = started.server.core.incarnation;
    tell();
  }, 20).unref();
  process.on("message", (command) => {
    if (command === "stop") void started.stop();
  });
  started.ended.then(
    () => process.exit(),
    (error: Error) => {
      report({ ended: error.message });
      process.disconnect();
    },
  );
} catch (error) {
  report({ ended: (error as Error).message });
  process.disconnect();
}

// A test that ends without a word takes its processes along.
process.on("disconnect", () => process.exit());
