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
  /** Set when who was understood before is not any more. */
  readonly ended: EndedLineage | null;
}

export interface EndedLineage {
  /** The newest schema that is not understood, or whose clients alone are. */
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
  if (own.hash === lineage[0]!.hash) return { lineage: onto(own, lineage), predecessor, ended: null };
  const breaks = breaksOf(last, current);
  // What was tried within the version may be forgotten; what the version began with may still be understood.
  const older = predecessor === null || predecessor === last ? breaks : breaksOf(predecessor, current);
  const understood = [...remaining(last, breaks), ...remaining(predecessor, older)];
  const [entry] = (predecessor ?? last).lineage;
  const ended = older.length === 0 || entry === undefined ? null : { entry, breaks: older };
  return { lineage: onto(own, understood), predecessor, ended };
}

/** The lineage of `current` when clients do not notice what it breaks of `previous`, whatever was generated meanwhile. */
export function adoptLineage(previous: Model, current: Model, breaks: readonly Diagnostic[]): Lineage {
  const { version, lock } = previous;
  const adopted = { version, lineage: lock.lineage, facts: lock.facts! };
  return {
    lineage: onto(entryOf(current), [...current.lock.lineage, ...remaining(adopted, breaks)]),
    predecessor: version < current.version ? adopted : current.lock.predecessor,
  };
}

/** Whom of a lineage a schema still understands that breaks this of its newest one. */
function remaining(of: Predecessor | null, breaks: readonly Diagnostic[]): readonly LineageEntry[] {
  if (of === null || breaks.some(({ clients }) => clients)) return [];
  return breaks.length === 0 ? of.lineage : of.lineage.map((entry) => ({ ...entry, clientsOnly: true as const }));
}

function entryOf({ schemaHash, version }: Model): LineageEntry {
  return { hash: schemaHash, version };
}

/** Newest first, each once; understood altogether if it is so in one place. */
function onto(own: LineageEntry, entries: readonly LineageEntry[]): readonly LineageEntry[] {
  const all = [own, ...entries];
  const unique = all.filter(({ hash }, index) => index === all.findIndex((entry) => entry.hash === hash));
  const best = unique.map((entry) => all.find(({ hash, clientsOnly }) => hash === entry.hash && !clientsOnly) ?? entry);
  return trim(best, LINEAGE_LIMIT);
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
