/** What a breaking rule is: one thing that a schema must not change as long as somebody relies on what it was. */
import type { Comparison } from "./compatibility/comparison.js";
import type { Position } from "./model.js";

/**
 * What a break breaks. They are nested: `route` takes in `wire`, `source` takes in both.
 *
 * - `wire`: bytes are read as something else.
 * - `route`: a call that was answered is refused, or goes elsewhere.
 * - `source`: programs written against the generated code no longer compile.
 */
export type BreakLevel = (typeof BREAK_LEVELS)[number];

/** From the one that breaks most. */
export const BREAK_LEVELS = ["wire", "route", "source"] as const;

export interface BreakingRule {
  /** What a break is filed under: the file's name. */
  readonly id: string;
  readonly level: BreakLevel;
  /** What must stay, for people. */
  readonly checks: string;
  check(comparison: Comparison): Iterable<Break>;
}

export interface Break {
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** In the current schema: the thing, or what is nearest around it when it is gone. */
  readonly position: Position;
  /** Where it stood in the previous schema; null when that is not known. */
  readonly previous: Position | null;
  /** It is between servers alone: clients do not notice. */
  readonly serversOnly?: boolean;
  /** What it is about. A `source` break is not told where another level's is told of the same. */
  readonly subject?: string;
}
