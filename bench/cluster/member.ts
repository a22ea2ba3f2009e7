/** One server of the measured cluster in a process of its own. Its arguments: the server's id, and the configuration as JSON. */
import { startServer } from "gatesmith/runtime";
import { serveSuite } from "../child.js";
import application from "./app/index.js";

const [id = "", configuration = ""] = process.argv.slice(2);

const started = await startServer(application, JSON.parse(configuration), { server: id });
started.ended.catch((error: Error) => {
  process.stderr.write(`${id} ended: ${error.message}\n`);
  process.exit(1);
});

const { view } = started.server.core;
const expected = Object.entries(started.configuration.servers);
const isComplete = () =>
  application.manifest.servers.every(({ name }, index) => {
    const [, { count }] = expected.find(([type]) => type === name)!;
    return view.ready(index).length >= count;
  });

if (id.startsWith("connector")) {
  // Whom it cannot reach yet it would answer for with an error.
  await new Promise<void>((resolve) => {
    const look = () => {
      if (isComplete()) resolve();
    };
    view.onChange(look);
    look();
  });
}
serveSuite(started.urls.length === 0 ? 0 : Number(new URL(started.urls[0]!).port));
