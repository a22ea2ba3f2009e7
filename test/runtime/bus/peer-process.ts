/**
 * A member of a bus in a process of its own, for tests that stop and kill it. What starts with `e:` it sends back as `r:`; when it is
 * given up it joins anew; it tells its parent what happens to it.
 */
import { joinBus } from "../../../runtime/bus/join-bus.js";
import type { BusConfiguration } from "../../../runtime/operate/bus-configuration.js";
import { createLog } from "../../../runtime/operate/log.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { Member } from "./member.js";

export interface PeerProcessOptions {
  readonly id: string;
  readonly configuration: BusConfiguration;
}

export type PeerProcessReport =
  | { readonly joined: number }
  | { readonly evicted: string }
  | { readonly refused: string }
  | { readonly unanswered: string };

const { id, configuration } = JSON.parse(process.argv[2]!) as PeerProcessOptions;

const report = (what: PeerProcessReport) => process.send?.(what);

async function join(): Promise<void> {
  const member = new Member(id);
  const incarnation = processTiming.random() >>> 1 || 1;
  member.onFrame = (text, from) => {
    if (!text.startsWith("e:")) return;
    if (!member.sendTo(from, `r:${text.slice(2)}`)) report({ unanswered: text.slice(0, 20) });
  };
  member.onEvicted = (reason) => {
    report({ evicted: reason });
    void member.bus.close().then(join);
  };
  try {
    member.bus = await joinBus(configuration, {
      self: { id, incarnation },
      receiver: member,
      timing: processTiming,
      log: createLog("silent"),
      linkBytes: 16 * 1024 * 1024,
      application: "test",
    });
  } catch (error) {
    report({ refused: (error as Error).message });
    return;
  }
  member.announce(`at ${incarnation}`);
  report({ joined: incarnation });
  leave = () => member.bus.close();
}

let leave = async () => {};

process.on("message", async (command) => {
  if (command !== "leave") return;
  await leave();
  process.exit();
});

// A test that ends without a word takes its processes along.
process.on("disconnect", () => process.exit());

void join();
