import { rmSync } from "node:fs";
import { amongProcesses, BEATS } from "./among-processes.js";
import { SECRET, temporaryFolder } from "./drivers.js";

amongProcesses("ipc", () => {
  const folder = temporaryFolder();
  return {
    configuration: { driver: "ipc", folder, secret: SECRET, ...BEATS },
    close: () => rmSync(folder, { recursive: true }),
  };
});
