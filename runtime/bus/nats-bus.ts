/** The `nats` driver: processes on any number of machines, connected by NATS. */
import type { NatsConfiguration } from "../operate/bus-configuration.js";
import type { Bus } from "./bus.js";
import { connectNats } from "./nats-wire.js";
import { SubjectBus, type SubjectBusOptions } from "./subject-bus.js";

export interface NatsBusOptions extends Omit<SubjectBusOptions, "beat" | "window"> {
  readonly configuration: NatsConfiguration;
  /** First part of all subjects, unless the configuration has another. */
  readonly prefix: string;
}

/** Takes its place among the servers of the prefix. Rejects with BusError. */
export async function joinNats(options: NatsBusOptions): Promise<Bus> {
  const { self, timing, log, configuration } = options;
  const { beat, window } = configuration;
  const bus = new SubjectBus({ ...options, beat, window });
  try {
    const wire = await connectNats({
      configuration,
      prefix: configuration.prefix ?? options.prefix,
      name: self.id,
      incarnation: self.incarnation,
      linkBytes: options.linkBytes,
      timing,
      log,
      receiver: bus,
    });
    await bus.join(wire);
  } catch (error) {
    await bus.close();
    throw error;
  }
  return bus;
}

/** Whether this process may speak and listen there: connects, and goes again without a word. Rejects with BusError. */
export async function checkNats(
  options: Pick<NatsBusOptions, "configuration" | "prefix" | "timing" | "log">,
): Promise<void> {
  const { configuration, timing } = options;
  const nobody = { connected() {}, disconnected() {}, message() {}, absent() {} };
  const wire = await connectNats({
    ...options,
    prefix: configuration.prefix ?? options.prefix,
    name: "check",
    incarnation: timing.random() >>> 1 || 1,
    linkBytes: 0,
    receiver: nobody,
  });
  await wire.close();
}
