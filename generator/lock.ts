/** `schema/ids.lock.json`: what every id has ever meant. Read and brought up to date here; `generate` writes it. */
import { LOCK_FORMAT, lockShape } from "./lock-shape.js";
import type { Diagnostic, Lock, Position } from "./model.js";
import { lineAndColumn } from "./text-position.js";

/** Relative to the project's root. */
export const LOCK_FILE = "schema/ids.lock.json";

/** The part of the lock that remembers ids. */
export type LockedIds = Pick<Lock, "messages" | "links" | "since" | "schedules">;

/** What a route occupies in the lock. */
export interface LockedRoute {
  readonly route: string;
  /** The route's former name. */
  readonly was: string | null;
  readonly up: readonly number[] | null;
  readonly down: readonly number[] | null;
}

const RESTORE =
  "restore it from version control; after a merge, keep the entries of both sides. Without the file every id would be given anew";

/** Reads the file's text. A file that says nothing sensible is a diagnostic, and no lock. */
export function readLock(text: string): { lock: Lock | null; diagnostics: Diagnostic[] } {
  const fail = (message: string, position: Position) => ({
    lock: null,
    diagnostics: [{ rule: "lock-file", message, hint: RESTORE, position }],
  });
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const offset = Number(/at position (\d+)/.exec(message)?.[1] ?? text.length);
    return fail(`is not JSON: ${message.replace(/ in JSON at position .*/s, "")}`, positionAt(text, offset));
  }
  const read = lockShape((json as { format?: unknown } | null)?.format).safeParse(json);
  if (!read.success) {
    const { path } = read.error.issues[0]!;
    return fail(
      `is not a lock file of format ${LOCK_FORMAT}: "${path.join(".")}" is not what it must be`,
      positionAt(text, 0),
    );
  }
  const routes = new Map<number, string>();
  for (const [route, link] of Object.entries(read.data.links)) {
    const other = routes.get(link);
    if (other !== undefined) {
      const at = Math.max(0, text.lastIndexOf(JSON.stringify(route)));
      const message = `${other} and ${route} have the same link id ${link}`;
      const hint = "take out the one that was never deployed; `generate` gives it a new number";
      return { lock: null, diagnostics: [{ rule: "lock-file", message, hint, position: positionAt(text, at) }] };
    }
    routes.set(link, route);
  }
  return { lock: read.data, diagnostics: [] };
}

function positionAt(text: string, offset: number): Position {
  return { file: LOCK_FILE, ...lineAndColumn(text, offset) };
}

/** A message key as the lock writes it: `"2001"`, `"7,1793"`. */
export function lockKey(messageId: readonly number[]): string {
  return messageId.join(",");
}

const EMPTY: LockedIds = { messages: { up: {}, down: {} }, links: {}, since: {}, schedules: {} };

/**
 * The ids after `routes`, in the schema's order, of schema version `version`. What was there stays, under its new name where a
 * route was renamed; new routes get the next link ids. `schedules` are their names.
 */
export function nextIds(
  previous: LockedIds | null,
  routes: readonly LockedRoute[],
  schedules: readonly string[],
  version: number,
): LockedIds {
  const { messages, links, since } = renamed(previous ?? EMPTY, routes);
  let lastLink = Math.max(0, ...links.values());
  for (const { route, up, down } of routes) {
    // An id that means another route stays as it is: a rule refuses the schema.
    if (up !== null && !messages.up.has(lockKey(up))) messages.up.set(lockKey(up), route);
    if (down !== null && !messages.down.has(lockKey(down))) messages.down.set(lockKey(down), route);
    if (!links.has(route)) links.set(route, ++lastLink);
    if (!since.has(route)) since.set(route, version);
  }
  return {
    messages: { up: byKey(messages.up), down: byKey(messages.down) },
    links: Object.fromEntries([...links].sort(([, a], [, b]) => a - b)),
    since: Object.fromEntries([...since].sort(([a], [b]) => links.get(a)! - links.get(b)!)),
    schedules: withNew(previous?.schedules ?? {}, schedules, version),
  };
}

function withNew(known: Lock["schedules"], names: readonly string[], version: number): Lock["schedules"] {
  const added = names.filter((name) => !Object.hasOwn(known, name));
  return { ...known, ...Object.fromEntries(added.map((name) => [name, version])) };
}

/** The previous lock's tables with every renamed route under its present name. */
export function renamed(previous: LockedIds, routes: readonly LockedRoute[]) {
  const live = new Set(routes.map(({ route }) => route));
  const names = new Map<string, string>();
  for (const { route, was } of routes) if (was !== null && !live.has(was)) names.set(was, route);
  const nameOf = (route: string) => names.get(route) ?? route;
  const values = (table: Readonly<Record<string, string>>) =>
    new Map(Object.entries(table).map(([key, route]) => [key, nameOf(route)]));
  const keys = (table: Readonly<Record<string, number>>) => {
    const result = new Map<string, number>();
    for (const [route, value] of Object.entries(table))
      if (!result.has(nameOf(route))) result.set(nameOf(route), value);
    return result;
  };
  return {
    messages: { up: values(previous.messages.up), down: values(previous.messages.down) },
    links: keys(previous.links),
    since: keys(previous.since),
  };
}

/** Sorted by the key's parts as numbers. An object keeps whole-number keys in that order by itself, two-part keys it does not. */
function byKey(table: ReadonlyMap<string, string>): Record<string, string> {
  const parts = (key: string) => key.split(",").map(Number);
  const order = ([a]: [string, string], [b]: [string, string]) => {
    const [x, y] = [parts(a), parts(b)];
    const differing = x.findIndex((part, index) => part !== y[index]);
    return differing === -1 ? 0 : x[differing]! - (y[differing] ?? 0);
  };
  return Object.fromEntries([...table].sort(order));
}
