/** The measuring process: samples every contestant in turn, round after round, and sends how fast each was. */
import { contestants } from "./contestants.js";

export interface CodecSamples {
  readonly row: string;
  readonly name: string;
  /** One a round. */
  readonly perSecond: readonly number[];
}

const [rounds, seconds] = process.argv.slice(2).map(Number) as [number, number];
const all = await contestants();
const samples = all.map((): number[] => []);

/** What the runs return, so that no compiler leaves them out. */
export let seen = 0;

for (const contestant of all) sample(contestant.run, seconds);
for (let round = 0; round < rounds; round++) {
  for (const [index, contestant] of all.entries()) samples[index]!.push(sample(contestant.run, seconds));
}
process.send!(all.map(({ row, name }, index): CodecSamples => ({ row, name, perSecond: samples[index]! })));

/** Runs in a second of CPU time, the garbage collector's included: what else the machine does takes less from it than from the clock's. */
function sample(run: (times: number) => number, least: number): number {
  const batch = 10_000;
  const before = process.cpuUsage();
  let times = 0;
  let elapsed = 0;
  while (elapsed < least) {
    seen += run(batch);
    times += batch;
    const { user, system } = process.cpuUsage(before);
    elapsed = (user + system) / 1e6;
  }
  return times / elapsed;
}
