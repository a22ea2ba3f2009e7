/** The lock file's part of the model. No logic. */
import type { Facts } from "./facts.js";

/** `schema/ids.lock.json`: every id ever used and what it meant. Written by `generate`, committed, never edited. */
export interface Lock {
  readonly format: 2;
  /** Per direction, key (`"2001"`, `"7,1793"`) to the route it has always meant. */
  readonly messages: {
    readonly up: Readonly<Record<string, string>>;
    readonly down: Readonly<Record<string, string>>;
  };
  /** Route to its number between servers: handlers, pushes and remotes, from 1. */
  readonly links: Readonly<Record<string, number>>;
  /** Route to the schema version it began in. */
  readonly since: Readonly<Record<string, number>>;
  /** The same of schedules, which have no number. */
  readonly schedules: Readonly<Record<string, number>>;
  /** The schemas this one is compatible with, newest first; the first is itself. */
  readonly lineage: readonly LineageEntry[];
  /** Of the schema as it was generated last; null when no lock file said them. */
  readonly facts: Facts | null;
  /** The last state of the version before, which this version is still checked against. */
  readonly predecessor: Predecessor | null;
}

export interface LineageEntry {
  /** 16 hexadecimal digits. */
  readonly hash: string;
  readonly version: number;
  /** Set when clients of that schema are understood, and servers are not. */
  readonly clientsOnly?: true | undefined;
}

export interface Predecessor {
  readonly version: number;
  readonly lineage: readonly LineageEntry[];
  readonly facts: Facts;
}
