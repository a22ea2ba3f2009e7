/** What the suites share: samples taken in turn, and how a row is made of them. */
import { type LoadOptions, type LoadResult, startLoad } from "../load/load.js";
import type { Measured } from "../server-process.js";

export interface SuiteOptions {
  readonly rounds: number;
  /** Measured seconds of one sample; half as long again is warm-up. */
  readonly seconds: number;
  /** Measured alone, beside the raw server it is compared with; undefined for all rows. */
  readonly only?: string | undefined;
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
  /** What an answer costs the raw server in CPU time, to what it costs this row's servers all together. Only where servers are loaded. */
  readonly cpuRatio?: number;
  /** Of `memory` only: what one session adds to the server's resident memory. */
  readonly bytesPerSession?: number;
  /** Of `codecs` only: what one encode and one decode take together. */
  readonly nanoseconds?: number;
}

export interface MeasuredRow extends Row {
  /** The load generators' share of a core. One near 1 is what was measured. Null where nothing is loaded. */
  readonly loadShare: number | null;
  /** The server processes' share of a core, all together; the garbage collector's threads may bring one over 1. */
  readonly serverShare: number | null;
  /** Server processes (1). */
  readonly processes?: number;
  /** Load generators (1). */
  readonly loads?: number;
}

/** Something to measure at one load. Rows with as many connections and the same `inFlight` are compared with the one that is `raw`. */
export interface Case {
  readonly name: string;
  readonly raw: boolean;
  readonly inFlight: number;
  /** All whose CPU time the answers cost. */
  readonly servers: readonly Measured[];
  /** Run side by side, each in a process of its own. */
  readonly loads: readonly LoadOptions[];
  /** What is different with every sample. */
  prepare?(): Promise<Partial<LoadOptions>>;
}

interface Sample {
  readonly result: LoadResult;
  readonly serverShare: number;
}

/** Measures all cases once, then again, `rounds` times: what disturbs the machine disturbs all of them. */
export async function measureInTurn(
  program: string,
  all: readonly Case[],
  options: SuiteOptions,
): Promise<MeasuredRow[]> {
  const cases = chosen(all, options.only);
  const samples = cases.map((): Sample[] => []);
  for (let round = 0; round < options.rounds; round++) {
    for (const [index, one] of cases.entries()) {
      options.progress(`round ${round + 1} of ${options.rounds}: ${one.name}, ${one.inFlight}`);
      samples[index]!.push(await sample(program, one, options.seconds));
    }
  }
  return cases.map((one, index) => {
    const raw = cases.findIndex((other) => other.raw && isComparable(one, other));
    return rowOf(one, samples[index]!, samples[raw]!);
  });
}

function chosen(all: readonly Case[], only: string | undefined): readonly Case[] {
  if (only === undefined) return all;
  const named = all.filter(({ name }) => name === only);
  const names = new Set(all.map(({ name }) => name));
  if (named.length === 0) throw new RangeError(`--only ${only} must be one of ${[...names].join(", ")}`);
  return all.filter((one) => one.name === only || (one.raw && named.some((other) => isComparable(one, other))));
}

async function sample(program: string, one: Case, seconds: number): Promise<Sample> {
  const { name, servers, loads } = one;
  const fresh = await one.prepare?.();
  const together = loads.length > 1;
  const running = loads.map((load) =>
    startLoad(program, { ...load, ...fresh, together, more: { ...load.more, seconds, warmup: seconds / 2 } }),
  );
  const used = () => servers.reduce((sum, server) => sum + server.cpuSeconds(), 0);
  try {
    if (together) {
      await Promise.all(running.map(({ ready }) => ready));
      for (const load of running) load.release();
    }
    await Promise.all(running.map(({ measuring }) => measuring));
    const before = used();
    const results = await Promise.all(running.map(({ result }) => result));
    const result = sumOf(name, results);
    return { result, serverShare: (used() - before) / result.seconds };
  } finally {
    for (const load of running) load.kill();
    await Promise.allSettled(running.map(({ result }) => result));
  }
}

/** What several load generators have measured at the same time: rates and CPU shares added up, latencies of the slowest. */
function sumOf(name: string, results: readonly (LoadResult | null)[]): LoadResult {
  const sum = (of: (result: LoadResult) => number) => results.reduce((total, one) => total + of(one!), 0);
  const most = (of: (result: LoadResult) => number) => Math.max(...results.map((one) => of(one!)));
  const least = (of: (result: LoadResult) => number) => Math.min(...results.map((one) => of(one!)));
  if (results.includes(null)) throw new Error(`${name}: a load generator has no result`);
  const errors = sum((one) => one.errors);
  if (errors > 0) {
    throw new Error(
      `${name}: ${errors} of ${sum((one) => one.answered)} were wrong, the first with error code ${most((one) => one.firstError)}`,
    );
  }
  return {
    connections: sum((one) => one.connections),
    inFlight: results[0]!.inFlight,
    seconds: most((one) => one.seconds),
    answered: sum((one) => one.answered),
    perSecond: sum((one) => one.perSecond),
    errors,
    firstError: 0,
    p50: most((one) => one.p50),
    p99: most((one) => one.p99),
    cpu: sum((one) => one.cpu),
    leastDelivered: least((one) => one.leastDelivered),
    mostDelivered: most((one) => one.mostDelivered),
  };
}

function isComparable(one: Case, other: Case): boolean {
  return one.inFlight === other.inFlight && connectionsOf(one.loads) === connectionsOf(other.loads);
}

function connectionsOf(loads: readonly LoadOptions[]): number {
  return loads.reduce((sum, { connections }) => sum + connections, 0);
}

function rowOf(
  { name, inFlight, servers, loads }: Case,
  samples: readonly Sample[],
  raw: readonly Sample[],
): MeasuredRow {
  const middle = (of: (result: LoadResult) => number) => median(samples.map(({ result }) => of(result)));
  const answers = loads[0]!.mode === "request";
  const cpuEach = ({ serverShare, result }: Sample) => serverShare / result.perSecond;
  return {
    name,
    connections: connectionsOf(loads),
    inFlight,
    perSecond: Math.round(middle((result) => result.perSecond)),
    ratio: rounded(median(samples.map(({ result }, round) => result.perSecond / raw[round]!.result.perSecond))),
    p50: answers ? rounded(middle((result) => result.p50)) : null,
    p99: answers ? rounded(middle((result) => result.p99)) : null,
    loadShare: rounded(middle((result) => result.cpu)),
    serverShare: rounded(median(samples.map(({ serverShare }) => serverShare))),
    cpuRatio: rounded(median(samples.map((one, round) => cpuEach(raw[round]!) / cpuEach(one)))),
    processes: servers.length,
    loads: loads.length,
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
