/**
 * The lineage: which earlier schemas the present one understands. The lock file keeps it, and with it the facts to check the next
 * schema against, so that `generate` needs neither git nor anybody's word.
 *
 * A schema is compared with what was generated last, and with the last state of the version before. So a version may be changed,
 * and changed back, as often as one likes before it is released; what was released before it is not forgotten meanwhile.
 */
import { findBreaks } from "../breaks.js";
import type { Diagnostic, LineageEntry, Lock, Model, Predecessor } from "../model.js";
import type { CurrentSchema, PreviousSchema } from "./comparison.js";

/** How many schemas are remembered. */
export const LINEAGE_LIMIT = 256;

export type Lineage = Pick<Lock, "lineage" | "predecessor">;

export interface ContinuedLineage extends Lineage {
  /** Set when what was understood before is not any more. */
  readonly ended: EndedLineage | null;
}

export interface EndedLineage {
  /** The newest schema that is not understood. */
  readonly entry: LineageEntry;
  /** Why: at least one. */
  readonly breaks: readonly Diagnostic[];
}

/** `lock` is the lock file as it was. */
export function continueLineage(lock: Lock | null, current: CurrentSchema): ContinuedLineage {
  const own = entryOf(current.model);
  if (lock === null || lock.facts === null || lock.lineage.length === 0) {
    return { lineage: [own], predecessor: null, ended: null };
  }
  const { lineage, facts } = lock;
  const last: Predecessor = { version: lineage[0]!.version, lineage, facts };
  const predecessor = own.version > last.version ? last : lock.predecessor;
  const goOn = (from: Predecessor) => ({ lineage: onto(own, from.lineage), predecessor, ended: null });
  if (own.hash === lineage[0]!.hash) return goOn(last);
  const breaks = breaksOf(last, current);
  if (breaks.length === 0) return goOn(last);
  if (predecessor === null || predecessor === last) {
    return { lineage: [own], predecessor, ended: { entry: lineage[0]!, breaks } };
  }
  // What was tried within the version is forgotten; what the version began with may still be understood.
  const older = breaksOf(predecessor, current);
  if (older.length === 0) return goOn(predecessor);
  const entry = predecessor.lineage[0];
  return { lineage: [own], predecessor, ended: entry === undefined ? null : { entry, breaks: older } };
}

/** The lineage of `current` when it breaks nothing of `previous`, whatever was generated meanwhile. */
export function adoptLineage(previous: Model, current: Model): Lineage {
  const own = entryOf(current);
  const { lineage, facts } = previous.lock;
  const isOlder = previous.version < current.version && facts !== null;
  return {
    lineage: onto(own, [...current.lock.lineage, ...lineage]),
    predecessor: isOlder ? { version: previous.version, lineage, facts } : current.lock.predecessor,
  };
}

function entryOf({ schemaHash, version }: Model): LineageEntry {
  return { hash: schemaHash, version };
}

/** Newest first, each once. */
function onto(own: LineageEntry, entries: readonly LineageEntry[]): readonly LineageEntry[] {
  const all = [own, ...entries];
  const unique = all.filter(({ hash }, index) => index === all.findIndex((entry) => entry.hash === hash));
  return trim(unique, LINEAGE_LIMIT);
}

/** What keeps servers and clients of `previous` from speaking with `current`. */
function breaksOf({ version, facts }: Predecessor, current: CurrentSchema): Diagnostic[] {
  const previous: PreviousSchema = { version, facts, linked: true, model: null, places: null };
  // A version that goes down is no reason to forget anybody: the lineage is about what can be read.
  return findBreaks(previous, current, "route").filter(({ rule }) => rule !== "version-lowered");
}

/**
 * The newest `limit` entries, except that the last state of each version outlives those that came before it within the version: what
 * was released is one of the last states.
 */
export function trim(entries: readonly LineageEntry[], limit: number): readonly LineageEntry[] {
  const passing = entries.filter(
    ({ version }, index) => index !== entries.findIndex((entry) => entry.version === version),
  );
  const dropped = new Set(passing.slice(Math.max(0, passing.length - Math.max(0, entries.length - limit))));
  return entries.filter((entry) => !dropped.has(entry)).slice(0, limit);
}
