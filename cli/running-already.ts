/** Whether servers that shall start here run already, somewhere: their cluster's bus is asked, before a port or an id is fought for. */
import type { ServerPlace } from "../runtime/operate/server-place.js";
import { CommandError, ExitCode } from "./command-error.js";
import type { Project } from "./load-application.js";
import { until } from "./until.js";

/** Who is there has been met by the time of joining, unless the machine has much to do. Milliseconds. */
const PATIENCE = 250;

/** Throws `CommandError` when one of these servers is there. One that drains is about to leave, and is waited for by whoever has its id. */
export async function refuseRunning({ application, configuration }: Project, places: readonly ServerPlace[]) {
  const { bus } = configuration;
  if (bus.driver === "local") return;
  const { joinAsAdministrator } = await import("../runtime/operate/administrator.js");
  const { BusError } = await import("../runtime/bus/bus-error.js");
  const { createLog } = await import("../runtime/operate/log.js");
  const { processTiming: timing } = await import("../runtime/operate/process-timing.js");
  const ids = places.map(({ id }) => id);
  try {
    const { name } = application.manifest;
    const administrator = await joinAsAdministrator({ bus, application: name, timing, log: createLog("silent") });
    const running = () =>
      administrator.servers.filter(({ id, state }) => ids.includes(id) && state !== "draining").map(({ id }) => id);
    await until(administrator, PATIENCE, () => running().length > 0).finally(() => administrator.close());
    if (running().length > 0) throw new CommandError(refusal(running()), ExitCode.DUPLICATE);
  } catch (error) {
    // Whoever starts then says what is wrong with the bus.
    if (!(error instanceof BusError)) throw error;
  }
}

function refusal(ids: readonly string[]): string {
  return ids.length === 1
    ? `${ids[0]} runs already: stop it, or start this server under another number`
    : `${ids.join(", ")} run already: stop them, or name the servers that shall run here, such as \`gatesmith start chat-3\``;
}
