/** What the suites share: samples taken in turn, and how a row is made of them. */
import { type LoadOptions, type LoadResult, startLoad } from "../load/load.js";
import type { ServerProcess } from "../server-process.js";

export interface SuiteOptions {
  readonly rounds: number;
  /** Measured seconds of one sample; half as long again is warm-up. */
  readonly seconds: number;
  /** A folder for the servers' CPU profiles. */
  readonly profile: string | undefined;
  /** Says what is being measured. */
  progress(text: string): void;
}

/** One line of a suite's result. */
export interface Row {
  readonly name: string;
  readonly connections: number;
  /** Requests in flight on each connection; for pushes, how many are published in one tick; 0 for idle connections. */
  readonly inFlight: number;
  /** Answers, pushes delivered, or sessions opened per second. */
  readonly perSecond: number;
  /** To the raw server at the same load (of `codecs`, to protobufjs or to a header by hand), in the same round; the median of the rounds. */
  readonly ratio: number;
  /** Microseconds from request to answer; null where there is no request. */
  readonly p50: number | null;
  readonly p99: number | null;
  /** Of `memory` only: what one session adds to the server's resident memory. */
  readonly bytesPerSession?: number;
  /** Of `codecs` only: what one encode and one decode take together. */
  readonly nanoseconds?: number;
}

export interface MeasuredRow extends Row {
  /** The load generator's share of a core. Near 1 it is what was measured. Null where nothing is loaded. */
  readonly loadShare: number | null;
  /** The server process's share of a core; the garbage collector's threads may bring it over 1. */
  readonly serverShare: number | null;
}

/** Something to measure at one load. Rows with the same `inFlight` are compared with the one that is `raw`. */
export interface Case {
  readonly name: string;
  readonly raw: boolean;
  readonly inFlight: number;
  readonly server: ServerProcess;
  readonly load: LoadOptions;
}

interface Sample {
  readonly result: LoadResult;
  readonly serverShare: number;
}

/** Measures all cases once, then again, `rounds` times: what disturbs the machine disturbs all of them. */
export async function measureInTurn(
  program: string,
  cases: readonly Case[],
  options: SuiteOptions,
): Promise<MeasuredRow[]> {
  const samples = cases.map((): Sample[] => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, one] of cases.entries()) {
      options.progress(`round ${round + 1} of ${options.rounds}: ${one.name}, ${one.inFlight}`);
      samples[index]!.push(await sample(program, one, options.seconds));
    }
  }
  return cases.map((one, index) => {
    const raw = cases.findIndex((other) => other.raw && other.inFlight === one.inFlight);
    return rowOf(one, samples[index]!, samples[raw]!);
  });
}

async function sample(program: string, { name, server, load }: Case, seconds: number): Promise<Sample> {
  const running = startLoad(program, { ...load, more: { ...load.more, seconds, warmup: seconds / 2 } });
  await running.measuring;
  const before = server.cpuSeconds();
  const result = await running.result;
  const used = server.cpuSeconds() - before;
  if (result === null) throw new Error(`${name}: the load generator has no result`);
  if (result.errors > 0) {
    throw new Error(
      `${name}: ${result.errors} of ${result.answered} were wrong, the first with error code ${result.firstError}`,
    );
  }
  return { result, serverShare: used / result.seconds };
}

function rowOf({ name, inFlight, load }: Case, samples: readonly Sample[], raw: readonly Sample[]): MeasuredRow {
  const middle = (of: (result: LoadResult) => number) => median(samples.map(({ result }) => of(result)));
  const answers = load.mode === "request";
  return {
    name,
    connections: load.connections,
    inFlight,
    perSecond: Math.round(middle((result) => result.perSecond)),
    ratio: rounded(median(samples.map(({ result }, round) => result.perSecond / raw[round]!.result.perSecond))),
    p50: answers ? rounded(middle((result) => result.p50)) : null,
    p99: answers ? rounded(middle((result) => result.p99)) : null,
    loadShare: rounded(middle((result) => result.cpu)),
    serverShare: rounded(median(samples.map(({ serverShare }) => serverShare))),
  };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
