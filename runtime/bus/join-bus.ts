/** Joins the bus that the configuration names. A driver's libraries are loaded when it is used. */
import type { Logger } from "pino";
import type { Timing } from "../../wire/timing.js";
import type { BusConfiguration } from "../operate/bus-configuration.js";
import type { Address, Bus, BusReceiver } from "./bus.js";
import { LocalHub } from "./local-bus.js";

export interface JoinOptions {
  readonly self: Address;
  readonly receiver: BusReceiver;
  readonly timing: Timing;
  readonly log: Logger;
  readonly linkBytes: number;
  /** The schema's name. */
  readonly application: string;
  /** Comes to see who is there: what servers meet in is not made for it. */
  readonly guest?: boolean;
}

/** Rejects with BusError. On `local` the server is alone. */
export async function joinBus(configuration: BusConfiguration, options: JoinOptions): Promise<Bus> {
  switch (configuration.driver) {
    case "local":
      return new LocalHub(options.timing, options.linkBytes).join(options.self, options.receiver);
    case "ipc": {
      const { joinIpc } = await import("./ipc-bus.js");
      return joinIpc({ ...options, configuration });
    }
    case "nats": {
      const { joinNats } = await import("./nats-bus.js");
      return joinNats({ ...options, configuration, prefix: `gatesmith.${options.application}` });
    }
  }
}
