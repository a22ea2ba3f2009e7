/**
 * One server of the chaos suite's application in a process of its own. Loads everything, then waits to be told to start, so that a test
 * says when the server joins, and not the machine.
 */
import { CloseCode, type ConfigurationInput, type StartedServer, startServer } from "gatesmith/runtime";
import type { SessionMirrors } from "../../runtime/backend/session-mirrors.js";
import application from "./app/index.js";

export interface ServerState {
  /** Bytes on V8's heap after a collection, and of the buffers outside: slabs, in which all that waits to be sent stands, are of those. */
  readonly memory: number;
  readonly sessions: number;
  /** Questions that wait for another server. */
  readonly calls: number;
  /** Handlers that have not finished. */
  readonly running: number;
  /** Sessions of other servers that it knows. */
  readonly mirrors: number;
  /** Servers for which it has frames that have not left yet. */
  readonly unsent: number;
  /** Bytes on its links. */
  readonly queued: number;
  /** Bytes for clients. */
  readonly held: number;
  /** What waits until it, as a home, knows enough. */
  readonly homeless: number;
  /** What is said as soon as a link takes it, or once more. */
  readonly unsaid: number;
  /** Sessions closed because their clients did not read. */
  readonly tooSlow: number;
}

export type Report =
  | { readonly loaded: true }
  | { readonly ready: number; readonly gates: readonly string[] }
  | { readonly ended: string }
  | { readonly state: ServerState };

export type Command = "start" | "state" | "drain";

const { server, configuration } = JSON.parse(process.argv[2]!) as { server: string; configuration: ConfigurationInput };

const report = (what: Report) => process.send?.(what);

let started: StartedServer;

async function start(): Promise<void> {
  try {
    started = await startServer(application, configuration, { server });
  } catch (error) {
    report({ ended: (error as Error).message });
    process.disconnect();
    return;
  }
  let incarnation = 0;
  const look = () => {
    if (started.server.core.incarnation === incarnation) return;
    incarnation = started.server.core.incarnation;
    report({ ready: incarnation, gates: started.gates });
  };
  look();
  setInterval(look, 20).unref();
  started.ended.then(
    () => process.exit(),
    (error: Error) => {
      report({ ended: error.message });
      process.disconnect();
    },
  );
}

function state(): ServerState {
  (globalThis as { gc?: () => void }).gc!();
  const { core, frontend } = started.server;
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  // What operators are shown of these is rounded and late; the suite wants to know exactly.
  const dispatcher = Reflect.get(started.server, "dispatcher") as { running: number };
  const mirrors = Reflect.get(started.server, "mirrors") as SessionMirrors;
  const peers = [...core.view.all()];
  return {
    memory: heapUsed + arrayBuffers,
    sessions: frontend?.sessions.size ?? 0,
    calls: core.calls.size,
    running: dispatcher.running,
    mirrors: peers.reduce((sum, peer) => sum + [...mirrors.of(peer)].length, 0),
    // Its link to itself has no such thing: what it sends there is taken within the tick.
    unsent: peers.filter(({ link }) => (link as { idle?: boolean }).idle === false).length,
    queued: peers.reduce((sum, { link }) => sum + link.waitingBytes, 0),
    held: frontend?.heldBytes() ?? 0,
    homeless: core.homes.waiting,
    unsaid: core.retries.size + peers.reduce((sum, { waiting }) => sum + waiting.length, 0),
    tooSlow: core.counters.closesWith(CloseCode.SLOW_CONSUMER),
  };
}

process.on("message", (command: Command) => {
  if (command === "start") void start();
  else if (command === "state") report({ state: state() });
  else void started.drain();
});

// A test that ends without a word takes its processes along.
process.on("disconnect", () => process.exit());

report({ loaded: true });
