/** What a scrape says, for tests: every sample by its name and labels. */
import { expect } from "vitest";

export type Samples = ReadonlyMap<string, number>;

const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;

/** Throws when a line is not as Prometheus reads it. Labels stand in the order of their names, those of the server left out. */
export function samplesOf(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# HELP ") || line.startsWith("# TYPE ")) continue;
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === undefined) throw new Error(`no sample: ${line}`);
    const own = [...labels.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)]
      .filter(([, label]) => label !== "server" && label !== "type")
      .map(([all]) => all)
      .sort();
    samples.set(own.length === 0 ? name : `${name}{${own.join(",")}}`, Number(value));
  }
  return samples;
}

export async function scrape(url: string): Promise<Samples> {
  const answer = await fetch(`${url}/metrics`);
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return samplesOf(await answer.text());
}
