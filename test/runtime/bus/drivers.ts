/** The drivers as the conformance suite opens them: on real sockets and a real NATS server where they need them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { joinIpc } from "../../../runtime/bus/ipc-bus.js";
import { LocalHub } from "../../../runtime/bus/local-bus.js";
import { joinNats } from "../../../runtime/bus/nats-bus.js";
import { createLog } from "../../../runtime/operate/log.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { AdversarialHub } from "../../../testing/adversarial-hub.js";
import { VirtualTiming } from "../../../testing/virtual-timing.js";
import type { NatsServer } from "../../support/nats-server.js";
import type { Driver } from "./conformance.js";

const log = createLog("silent");
const timing = processTiming;
const LINK_BYTES = 16 * 1024 * 1024;

export const SECRET = "the secret of a cluster in a test";

/** Real time: something else gets a turn. */
export const pass = () => new Promise<void>((resolve) => setTimeout(resolve, 2));

export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), "bus-"));
}

export const local: Driver = {
  name: "local",
  inProcess: true,
  async open({ linkBytes = LINK_BYTES }) {
    const hub = new LocalHub(timing, linkBytes);
    return {
      timing,
      async join(member, incarnation) {
        member.bus = hub.join({ id: member.id, incarnation }, member);
      },
      pass,
      async close() {},
    };
  },
};

/** In virtual time, with delays by chance. */
export const adversarial = (seed: number): Driver => ({
  name: `adversarial (seed ${seed})`,
  async open({ linkBytes }) {
    const virtual = new VirtualTiming({ seed });
    // Small messages: large frames come in many.
    const hub = new AdversarialHub(virtual, { linkBytes, largest: 65_536, delay: [0, 40] });
    return {
      timing: virtual,
      async join(member, incarnation) {
        member.bus = await virtual.until(hub.join({ id: member.id, incarnation }, member));
      },
      pass: () => virtual.settle(10),
      async close() {},
    };
  },
});

export const ipc: Driver = {
  name: "ipc",
  async open({ linkBytes = LINK_BYTES }) {
    const folder = temporaryFolder();
    const configuration = { driver: "ipc", folder, secret: SECRET, beat: 1_000, window: 10_000 } as const;
    return {
      timing,
      async join(member, incarnation) {
        const self = { id: member.id, incarnation };
        member.bus = await joinIpc({ self, receiver: member, timing, log, linkBytes, configuration });
      },
      pass,
      async close() {
        rmSync(folder, { recursive: true });
      },
    };
  },
};

let prefixes = 0;

export const nats = (server: () => NatsServer): Driver => ({
  name: "nats",
  async open({ linkBytes = LINK_BYTES }) {
    const prefix = `test.${++prefixes}`;
    const configuration = { driver: "nats", servers: server().url, prefix, beat: 1_000, window: 10_000 } as const;
    return {
      timing,
      async join(member, incarnation) {
        const self = { id: member.id, incarnation };
        member.bus = await joinNats({ self, receiver: member, timing, log, linkBytes, configuration, prefix });
      },
      pass,
      async close() {},
    };
  },
});
