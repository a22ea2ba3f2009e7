/** A server's record in the directory, as bytes and as what it says. */
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import { type ListenerRecord, ServerRecord, type ServerState as WireState } from "../bus/cluster-messages.js";

export type ServerState = "starting" | "ready" | "draining";

/** What a server announces of itself. */
export interface ServerRecordFields {
  readonly type: string;
  readonly number: number;
  readonly state: ServerState;
  readonly schemaHash: string;
  /** Of its schema. */
  readonly version: number;
  /** Earlier schemas that its own understands, 8 bytes each. */
  readonly lineage: Uint8Array;
  /** It has sessions. Said by itself: not everybody knows its type. */
  readonly frontend: boolean;
  readonly load: number;
  /** Frontends: where clients connect, the preferred address first. */
  readonly listeners: readonly ListenerRecord[];
}

const states: readonly ServerState[] = ["starting", "ready", "draining"];

const scratch = new Slab(1024);

export function recordBytes(record: ServerRecordFields): Uint8Array {
  const { listeners, state } = record;
  scratch.length = 0;
  ServerRecord.encode({ ...record, listeners: [...listeners], state: wireState(state) }, scratch);
  return copiedBytes(scratch.bytes, 0, scratch.length);
}

/** Null: it does not decode. */
export function recordFields(bytes: Uint8Array): ServerRecordFields | null {
  scratch.length = 0;
  scratch.reserve(bytes.length);
  scratch.bytes.set(bytes);
  try {
    const record = ServerRecord.decode(scratch, 0, bytes.length);
    const state = states[record.state];
    return state === undefined ? null : { ...record, state };
  } catch {
    return null;
  }
}

export const wireState = (state: ServerState) => states.indexOf(state) as WireState;

/** Undefined: no state that this version knows. */
export const stateOf = (state: WireState): ServerState | undefined => states[state];
