/**
 * Bytes that an idle session costs beside an idle connection of a raw uWebSockets.js server. What does not grow with the sessions is
 * not counted: compiled code and buffers are there before, because a thousand sessions are; and so is all of V8's young generation.
 */
import { ResponseOffset } from "../frames.js";
import { buildLoad, type RunningLoad, startLoad } from "../load/load.js";
import { startServer } from "../server-process.js";
import { boundSessions, openSession } from "./cluster-prologue.js";
import { type MeasuredRow, median, rounded, type SuiteOptions } from "./suite.js";

const BEFORE = 1000;
const MEASURED = 9000;

/** The young generation has its largest size from the start: it would otherwise grow by the garbage of so many logins at once. */
const FLAGS = ["--min-semi-space-size=16"];

interface Kind {
  readonly name: string;
  readonly entry: string;
  /** The prologues of `count` connections, the first of which is the `first` of all. */
  prologues(count: number, first: number): readonly (readonly Uint8Array[])[] | undefined;
}

interface Sample {
  readonly bytes: number;
  readonly perSecond: number;
}

const KINDS: readonly Kind[] = [
  { name: "raw-idle", entry: "raw/echo.ts", prologues: () => undefined },
  { name: "session", entry: "cluster/server.ts", prologues: () => [openSession] },
  { name: "bound-session", entry: "cluster/server.ts", prologues: boundSessions },
];

export async function memory(options: SuiteOptions): Promise<MeasuredRow[]> {
  const program = buildLoad();
  const samples = KINDS.map((): Sample[] => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, kind] of KINDS.entries()) {
      options.progress(`round ${round + 1} of ${options.rounds}: ${kind.name}`);
      samples[index]!.push(await sample(program, kind));
    }
  }
  return KINDS.map(({ name }, index) => ({
    name,
    connections: MEASURED,
    inFlight: 0,
    perSecond: Math.round(median(samples[index]!.map(({ perSecond }) => perSecond))),
    ratio: rounded(median(samples[index]!.map(({ bytes }, round) => bytes / samples[0]![round]!.bytes))),
    p50: null,
    p99: null,
    bytesPerSession: Math.round(median(samples[index]!.map(({ bytes }) => bytes))),
    loadShare: null,
    serverShare: null,
  }));
}

/** A process of its own for each sample: memory that was once taken is seldom given back. */
async function sample(program: string, kind: Kind): Promise<Sample> {
  const server = await startServer(kind.entry, { flags: FLAGS });
  const holding: RunningLoad[] = [];
  const open = async (count: number, first: number): Promise<number> => {
    const prologues = kind.prologues(count, first);
    const load = startLoad(program, {
      mode: "idle",
      port: server.port,
      connections: count,
      ...(prologues && { prologues, more: { "error-at": ResponseOffset.ERROR_CODE } }),
    });
    holding.push(load);
    return (await load.ready).openingSeconds;
  };
  try {
    await open(BEFORE, 0);
    const before = await server.memory();
    const seconds = await open(MEASURED, BEFORE);
    const after = await server.memory();
    return { bytes: (after.rss - before.rss) / MEASURED, perSecond: MEASURED / seconds };
  } finally {
    for (const load of holding) load.release();
    await Promise.allSettled(holding.map(({ result }) => result));
    await server.stop();
  }
}
