/**
 * Reads and writes headers straight from a layout of the model, field by field. Slow and exact, where generated codecs are fast:
 * `explain` wants every field with its place, and `call` works without compiled code.
 */

import { fieldSize } from "../generator/layout-size.js";
import type { ByteOrder, Layout, LayoutField } from "../generator/model.js";
import { crc32 } from "../wire/crc32.js";

export type FieldValue = bigint | number | string | Uint8Array;

export interface FieldReading {
  readonly field: LayoutField;
  /** From the frame's first byte. */
  readonly offset: number;
  /** Bytes. */
  readonly width: number;
  readonly value: FieldValue;
}

export interface FrameReading {
  readonly layout: Layout;
  /** The fields that could be read, in order. */
  readonly fields: readonly FieldReading[];
  /** Why reading ended before the body; null when it did not. */
  readonly fault: string | null;
  /** From the buffer's first byte; both the frame's start when there is a fault. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** Null when the layout has none, or reading did not come so far. */
  readonly checksum: { readonly expected: number; readonly found: number } | null;
}

/** Reads one frame of a buffer. Never throws for what the bytes are. */
export function readFrame(layout: Layout, bytes: Uint8Array, start: number): FrameReading {
  const fields: FieldReading[] = [];
  const failed = (fault: string): FrameReading => {
    return { layout, fields, fault, bodyStart: start, bodyEnd: start, checksum: null };
  };
  let at = start;
  for (const field of layout.fields) {
    const width = widthIn(field, bytes, at);
    if (at + width > bytes.length) {
      const left = bytes.length - at;
      return failed(
        `${field.name} needs ${count(width)} from offset ${at - start}, and the frame has ${count(left)} left`,
      );
    }
    const value = readValue(field, bytes, at, width);
    fields.push({ field, offset: at - start, width, value });
    if (field.type.kind === "constant" && field.type.onRead === "check" && value !== field.type.value) {
      return failed(`${field.name} is ${value}, and must be ${field.type.value}`);
    }
    at += width;
  }
  const bodyStart = at;
  const end = frameEnd(layout, fields, start, bodyStart, bytes.length);
  if (typeof end === "string") return failed(end);
  return {
    layout,
    fields,
    fault: null,
    bodyStart,
    bodyEnd: end,
    checksum: verify(fields, bytes, start, bodyStart, end),
  };
}

/** The value of the field with a role, as a number; null when the layout has no such field or reading did not reach it. */
export function numberOf(reading: FrameReading, role: string): number | null {
  const found = reading.fields.find(({ field }) => field.role?.kind === role);
  return found === undefined ? null : Number(found.value);
}

/** What the `length` field must say, for a header that ends at `bodyStart` and a frame of `total` bytes. */
export function lengthValue(fields: readonly FieldReading[], index: number, bodyStart: number, total: number): number {
  const { field, offset, width } = fields[index]!;
  const role = field.role as { counts: "frame" | "rest" | "body"; offset: number };
  const counted = { frame: total, rest: total - offset - width, body: total - bodyStart };
  return counted[role.counts] + role.offset;
}

/** The checksum over a frame's part, with the field itself read as zero when it covers the header. */
export function checksumOf(
  reading: FieldReading,
  bytes: Uint8Array,
  start: number,
  bodyStart: number,
  end: number,
): number {
  const role = reading.field.role;
  if (role?.kind !== "checksum" || role.over === "body") return crc32(bytes, bodyStart, end);
  // A copy of its own: `slice` of a Buffer shares its memory.
  const frame = new Uint8Array(bytes.subarray(start, end));
  frame.fill(0, reading.offset, reading.offset + reading.width);
  return crc32(frame, 0, frame.length);
}

export function readUnsigned(bytes: Uint8Array, at: number, width: number, order: ByteOrder): bigint {
  let value = 0n;
  for (let index = 0; index < width; index++) {
    const byte = bytes[order === "big" ? at + index : at + width - 1 - index]!;
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}

export function writeUnsigned(bytes: Uint8Array, at: number, width: number, order: ByteOrder, value: bigint): void {
  let left = value;
  for (let index = width - 1; index >= 0; index--) {
    bytes[order === "big" ? at + index : at + width - 1 - index] = Number(left & 0xffn);
    left >>= 8n;
  }
}

/** A prefixed field's width with its content, as far as the prefix itself can be read. */
function widthIn(field: LayoutField, bytes: Uint8Array, at: number): number {
  const fixed = fieldSize(field.type);
  const prefixed = field.type.kind === "prefixedText" || field.type.kind === "prefixedBytes";
  if (!prefixed || at + fixed > bytes.length) return fixed;
  return fixed + Number(readUnsigned(bytes, at, fixed, field.byteOrder));
}

function readValue(field: LayoutField, bytes: Uint8Array, at: number, width: number): FieldValue {
  const { type, byteOrder } = field;
  switch (type.kind) {
    case "integer": {
      const unsigned = readUnsigned(bytes, at, width, byteOrder);
      const value = type.signed ? BigInt.asIntN(type.bits, unsigned) : unsigned;
      return type.bits === 64 ? value : Number(value);
    }
    case "constant":
      return Number(readUnsigned(bytes, at, width, byteOrder));
    case "float": {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, width);
      return type.bits === 32 ? view.getFloat32(0, byteOrder === "little") : view.getFloat64(0, byteOrder === "little");
    }
    case "prefixedText":
      return new TextDecoder().decode(bytes.subarray(at + type.prefix / 8, at + width));
    case "prefixedBytes":
      return new Uint8Array(bytes.subarray(at + type.prefix / 8, at + width));
    case "bytes":
    case "reserved":
      return new Uint8Array(bytes.subarray(at, at + width));
  }
}

/** Where the frame ends in the buffer, or what is wrong with the length it states. */
function frameEnd(
  layout: Layout,
  fields: readonly FieldReading[],
  start: number,
  bodyStart: number,
  available: number,
): number | string {
  const index = layout.fields.findIndex((field) => field.role?.kind === "length");
  if (index === -1) return available;
  const stated = Number(fields[index]!.value);
  // The stated length of a frame without a body is the least; every byte more is one of the body's.
  const least = lengthValue(fields, index, bodyStart - start, bodyStart - start);
  const { name } = layout.fields[index]!;
  if (stated < least) return `${name} is ${stated}, and a frame without a body has ${least}`;
  const end = bodyStart + stated - least;
  if (end > available) {
    return `${name} is ${stated}, so the body has ${count(end - bodyStart)}, and ${available - bodyStart} are there`;
  }
  return end;
}

function verify(fields: readonly FieldReading[], bytes: Uint8Array, start: number, bodyStart: number, end: number) {
  const reading = fields.find(({ field }) => field.role?.kind === "checksum");
  if (reading === undefined) return null;
  const { value } = reading;
  const found = value instanceof Uint8Array ? readUnsigned(value, 0, value.length, "big") : BigInt(value);
  return { expected: checksumOf(reading, bytes, start, bodyStart, end), found: Number(found) };
}

export const count = (bytes: number) => (bytes === 1 ? "1 byte" : `${bytes} bytes`);
