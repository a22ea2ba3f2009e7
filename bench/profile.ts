/** Reads the CPU profiles that measured servers leave, and says in which functions the time went. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SHOWN = 30;

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The functions with the most time of their own, over all profiles in `folder`; idle time is left out. */
export function hotSpots(folder: string): string {
  const own = new Map<string, number>();
  let total = 0;
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".cpuprofile"))) {
    const profile = JSON.parse(readFileSync(join(folder, file), "utf8")) as CpuProfile;
    const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
    for (const [index, id] of profile.samples.entries()) {
      const name = names.get(id)!;
      if (name === "(idle)") continue;
      const time = profile.timeDeltas[index]!;
      own.set(name, (own.get(name) ?? 0) + time);
      total += time;
    }
  }
  const sorted = [...own].sort(([, a], [, b]) => b - a).slice(0, SHOWN);
  return sorted.map(([name, time]) => `${((100 * time) / total).toFixed(1).padStart(5)} %  ${name}`).join("\n");
}

function nameOf({ functionName, url, lineNumber }: CpuProfile["nodes"][number]["callFrame"]): string {
  const name = functionName || "(anonymous)";
  return url === "" ? name : `${name}  ${url.slice(url.lastIndexOf("/") + 1)}:${lineNumber + 1}`;
}
