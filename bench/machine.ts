/** What a figure was measured on: figures of different machines must not be compared. */
import { cpus, release } from "node:os";

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly node: string;
  readonly kernel: string;
}

export function thisMachine(): Machine {
  const cores = cpus();
  return { cpu: cores[0]?.model ?? "unknown", cores: cores.length, node: process.version, kernel: release() };
}
