import { rmSync } from "node:fs";
import { SECRET, temporaryFolder } from "../bus/drivers.js";
import { BEATS, chatting } from "./chatting.js";

chatting("ipc", () => {
  const folder = temporaryFolder();
  return {
    bus: { driver: "ipc", folder, secret: SECRET, ...BEATS },
    close: () => rmSync(folder, { recursive: true }),
  };
});
