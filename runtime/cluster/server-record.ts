/** A server's record in the directory, as bytes and as what it says. */
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import { ServerRecord, type ServerState as WireState } from "../bus/cluster-messages.js";
import type { ServerRecordFields, ServerState } from "./peer.js";

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
