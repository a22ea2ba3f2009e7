/**
 * Where this process writes down what it did, before anybody hears of it: one line an entry, straight to a file that is only ever
 * appended to, so that it is there after kill -9.
 */
import { openSync, writeSync } from "node:fs";
import { join } from "node:path";

/** `born`: a server begins; `executed` by a handler, `also` by a remote, `published` to a room, `closed`: a session's end was heard. */
export type Entry = "born" | "executed" | "also" | "published" | "closed";

let file: number | null = null;

/** Milliseconds of a clock that all processes of the machine share. */
export function now(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** A life of a server: one that was given up comes back as another, in the same process. */
export function born(server: string): string {
  const life = `${server}/${crypto.randomUUID().slice(0, 8)}`;
  writeDown("born", life, server);
  return life;
}

/** `by`: the life of the server that did it. */
export function writeDown(entry: Entry, by: string, ...fields: readonly string[]): void {
  file ??= openSync(join(process.env.CHAOS_LEDGER!, String(process.pid)), "a");
  writeSync(file, `${[entry, now().toFixed(3), by, ...fields].join(" ")}\n`);
}
