/** Writes headers straight from a layout of the model, field by field: what `layout-reading.ts` reads. */
import { fieldSize, utf8Length } from "../generator/layout-size.js";
import type { ByteOrder, Layout, LayoutField } from "../generator/model.js";
import type { FieldValue } from "./field-reading.js";
import { checksumField, checksumOf } from "./frame-checksum.js";
import { type FieldReading, holds, lengthValue } from "./layout-reading.js";

/** What a field is to hold. Asked for those only that hold a value of the header's. */
export type ValueFor = (field: LayoutField) => FieldValue;

interface Written {
  readonly fields: readonly FieldReading[];
  readonly bytes: Uint8Array;
}

/** Bytes of the header. */
export function headerLength(layout: Layout, valueFor: ValueFor): number {
  return writeFields(layout, valueFor).bytes.length;
}

/** Writes header and trailer of the frame from `start` to `end`, whose body stands there. */
export function writeFrame(layout: Layout, valueFor: ValueFor, target: Uint8Array, start: number, end: number): void {
  const { fields, bytes } = writeFields(layout, valueFor);
  const bodyStart = start + bytes.length;
  const trailer = new TextEncoder().encode(layout.end);
  for (const reading of fields) {
    const { field, offset, width } = reading;
    if (field.role?.kind !== "length") continue;
    const length = lengthValue(layout, reading, bytes.length, end - start);
    bytes.set(unsigned(BigInt(length), width, field.byteOrder), offset);
  }
  target.set(bytes, start);
  target.set(trailer, end - trailer.length);
  // Last, for it may cover everything else.
  for (const { field, offset, width } of fields) {
    if (field.role?.kind !== "checksum") continue;
    const at = { start, bodyStart, bodyEnd: end - trailer.length, end };
    target.set(checksumField(field, width, checksumOf(field, offset, width, target, at)), start + offset);
  }
}

/** The header with zeros for its length and checksum. */
function writeFields(layout: Layout, valueFor: ValueFor): Written {
  const parts: Uint8Array[] = [new TextEncoder().encode(layout.start)];
  const fields: FieldReading[] = [];
  let at = parts[0]!.length;
  let word = 0n;
  for (const field of layout.fields) {
    if (!field.when.every((condition) => holds(condition, fields))) continue;
    const { type, byteOrder } = field;
    const value = valueIn(field, valueFor);
    if (type.kind === "bits") {
      if (type.group.first) word = 0n;
      word |= BigInt(value as number) << BigInt(type.shift);
      const width = type.group.bits / 8;
      fields.push({ field, offset: at, width, value });
      if (!type.group.last) continue;
      parts.push(unsigned(word, width, byteOrder));
      at += width;
      continue;
    }
    const bytes = fieldBytes(field, value);
    parts.push(bytes);
    fields.push({ field, offset: at, width: bytes.length, value });
    at += bytes.length;
  }
  return { fields, bytes: concatenated(parts) };
}

/** What every field has that keeps no value of the header's. */
function valueIn(field: LayoutField, valueFor: ValueFor): FieldValue {
  const { type, role } = field;
  if (type.kind === "constant") return type.value;
  if (type.kind === "bits" && type.holds !== "value") return type.holds === "reserved" ? 0 : type.holds.constant;
  if (type.kind === "reserved") return new Uint8Array(type.size);
  if (role?.kind === "checksum") return type.kind === "bytes" ? new Uint8Array(type.size) : 0;
  return role?.kind === "length" ? 0 : valueFor(field);
}

function fieldBytes({ type, byteOrder }: LayoutField, value: FieldValue): Uint8Array {
  switch (type.kind) {
    case "integer":
    case "constant":
    case "char":
      return unsigned(BigInt(value as number | bigint), fieldSize(type), byteOrder);
    case "float": {
      const view = new DataView(new ArrayBuffer(type.bits / 8));
      if (type.bits === 32) view.setFloat32(0, Number(value), byteOrder === "little");
      else view.setFloat64(0, Number(value), byteOrder === "little");
      return new Uint8Array(view.buffer);
    }
    case "varint": {
      const bytes: number[] = [];
      let left = Number(value);
      for (; left > 0x7f; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) + 0x80);
      return Uint8Array.of(...bytes, left);
    }
    case "decimal":
    case "until":
      return new TextEncoder().encode(`${value}${type.delimiter}`);
    case "text": {
      const padded = new Uint8Array(type.size).fill(type.pad);
      padded.set(new TextEncoder().encode(String(value)));
      return padded;
    }
    case "prefixedText":
    case "prefixedBytes": {
      const content = typeof value === "string" ? new TextEncoder().encode(value) : (value as Uint8Array);
      return concatenated([unsigned(BigInt(content.length), type.prefix / 8, byteOrder), content]);
    }
    default:
      return value as Uint8Array;
  }
}

function unsigned(value: bigint, width: number, order: ByteOrder): Uint8Array {
  const bytes = new Uint8Array(width);
  let left = BigInt.asUintN(8 * width, value);
  for (let index = 0; index < width; index++, left >>= 8n) {
    bytes[order === "little" ? index : width - 1 - index] = Number(left & 0xffn);
  }
  return bytes;
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Bytes that stand behind every body. */
export const trailerLength = (layout: Layout) => utf8Length(layout.end);
