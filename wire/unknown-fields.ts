/**
 * Fields that a message's schema does not declare, in messages that keep them: so that what somebody decodes, changes and encodes again
 * still says what newer programs said in it.
 */
import type { BodyError } from "./body-error.js";
import { wrongValue } from "./body-write.js";
import { copyBytes } from "./copy-bytes.js";
import type { Slab } from "./slab.js";
import { varintSize, writeVarint32, writeVarint64 } from "./varint.js";

/** The property under which a message keeps them. No field can be called so, and copies by `{ ...message }` have it too. */
export const unknownFields: unique symbol = Symbol.for("gatesmith.unknownFields");

/** Encoded fields, tags included, in the order they came in. */
export type UnknownFields = readonly Uint8Array[];

/** Where the fields to keep stand in a body, as pairs of offsets; and fields that had to be written anew. */
export interface KeptFields {
  readonly ranges: number[];
  readonly written: Uint8Array[];
}

export function keepField(kept: KeptFields | undefined, start: number, end: number): KeptFields {
  if (kept === undefined) return { ranges: [start, end], written: [] };
  const { ranges } = kept;
  if (ranges.at(-1) === start) ranges[ranges.length - 1] = end;
  else ranges.push(start, end);
  return kept;
}

/** Keeps one value of a packed run of an enum that does not know it, as a field of its own. */
export function keepVarint(kept: KeptFields | undefined, tag: number, value: number): KeptFields {
  const bytes = new Uint8Array(varintSize(tag) + 10);
  const at = writeVarint32(bytes, 0, tag);
  const field = bytes.subarray(0, writeVarint64(bytes, at, value, value >> 31));
  if (kept === undefined) return { ranges: [], written: [field] };
  kept.written.push(field);
  return kept;
}

/** What a message keeps: `before`, of an earlier piece of it, and what was found in this one. */
export function keptFields(
  bytes: Uint8Array,
  kept: KeptFields | undefined,
  before: UnknownFields | undefined,
): UnknownFields | undefined {
  if (kept === undefined) return before;
  const { ranges, written } = kept;
  let size = 0;
  for (let index = 0; index < ranges.length; index += 2) size += ranges[index + 1]! - ranges[index]!;
  for (const field of written) size += field.length;
  const copy = new Uint8Array(size);
  let at = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    copyBytes(bytes, ranges[index]!, ranges[index + 1]!, copy, at);
    at += ranges[index + 1]! - ranges[index]!;
  }
  for (const field of written) {
    copyBytes(field, 0, field.length, copy, at);
    at += field.length;
  }
  // Only a decoder that is at work knows `before`: nobody else's message is changed.
  const all = (before ?? []) as Uint8Array[];
  all.push(copy);
  return all;
}

/** Appends what a message keeps. Throws `BodyError` when it is no list of bytes. */
export function writeUnknownFields(slab: Slab, fields: UnknownFields, message: string): void {
  if (!Array.isArray(fields)) throw notKept(message, fields);
  for (const bytes of fields) {
    if (!(bytes instanceof Uint8Array)) throw notKept(message, bytes);
    slab.reserve(bytes.length);
    copyBytes(bytes, 0, bytes.length, slab.bytes, slab.length);
    slab.length += bytes.length;
  }
}

function notKept(message: string, value: unknown): BodyError {
  return wrongValue(`${message}[unknownFields]`, "a list of bytes, as it was decoded", value);
}
