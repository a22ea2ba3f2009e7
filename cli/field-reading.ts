/** Reads the value of one header field, whatever its form. Slow and exact, where generated codecs are fast. */
import { fieldSize } from "../generator/layout-size.js";
import type { ByteOrder, LayoutField } from "../generator/model.js";

export type FieldValue = bigint | number | string | Uint8Array;

/** What stands at a place, and how many bytes it takes there; or why no such field can be there. */
export type ReadField = { readonly width: number; readonly value: FieldValue } | { readonly fault: string };

/** Reads the field at `at`, in a frame from `start`, of bytes that may be read up to `end`. */
export function readField(field: LayoutField, bytes: Uint8Array, start: number, at: number, end: number): ReadField {
  const { name, type, byteOrder } = field;
  const least = type.kind === "bits" ? type.group.bits / 8 : fieldSize(type);
  const lacking = (width: number) => {
    const left = count(Math.max(0, end - at));
    return { fault: `${name} needs ${count(width)} from offset ${at - start}, and the frame has ${left} left` };
  };
  if (at + least > end) return lacking(least);
  const fixed = bytes.subarray(at, at + least);
  switch (type.kind) {
    case "integer": {
      const unsigned = readUnsigned(bytes, at, least, byteOrder);
      const value = type.signed ? BigInt.asIntN(type.bits, unsigned) : unsigned;
      return { width: least, value: type.bits === 64 ? value : Number(value) };
    }
    case "constant": {
      const value = Number(readUnsigned(bytes, at, least, byteOrder));
      return type.onRead === "check" ? expected(name, least, value, type.value) : { width: least, value };
    }
    case "bits": {
      const word = Number(readUnsigned(bytes, at, least, byteOrder));
      const value = Math.floor(word / 2 ** type.shift) % 2 ** type.bits;
      const { holds } = type;
      if (typeof holds === "string" || holds.onRead === "ignore") return { width: least, value };
      return expected(name, least, value, holds.constant);
    }
    case "float": {
      const view = new DataView(bytes.buffer, bytes.byteOffset + at, least);
      const little = byteOrder === "little";
      return { width: least, value: type.bits === 32 ? view.getFloat32(0, little) : view.getFloat64(0, little) };
    }
    case "varint":
      return readVarint(name, bytes, at, end) ?? lacking(end - at + 1);
    case "char": {
      const code = bytes[at]!;
      if (code < 0x21 || code > 0x7e) return { fault: `${name} is byte ${code}, which is no visible character` };
      return { width: 1, value: code };
    }
    case "decimal":
    case "until": {
      const delimiter = new TextEncoder().encode(type.delimiter);
      const most = type.kind === "until" ? type.most : MOST_DIGITS;
      const stop = indexOf(bytes, delimiter, at, Math.min(end, at + most + delimiter.length));
      if (stop === -1) return { fault: `${name} is not followed by ${JSON.stringify(type.delimiter)}` };
      const width = stop + delimiter.length - at;
      const text = decodeText(name, bytes.subarray(at, stop));
      if (typeof text !== "string" || type.kind === "until")
        return typeof text === "string" ? { width, value: text } : text;
      const number = /^[0-9]+$/.test(text) ? BigInt(text) : -1n;
      if (number < 0n || number > Number.MAX_SAFE_INTEGER)
        return { fault: `${name} is no number: ${JSON.stringify(text)}` };
      return { width, value: Number(number) };
    }
    case "text": {
      const first = fixed.indexOf(0);
      let stop = type.pad === 0 && first !== -1 ? first : least;
      if (type.pad !== 0) while (stop > 0 && fixed[stop - 1] === type.pad) stop--;
      const text = decodeText(name, fixed.subarray(0, stop));
      return typeof text === "string" ? { width: least, value: text } : text;
    }
    case "prefixedText":
    case "prefixedBytes": {
      const width = least + Number(readUnsigned(bytes, at, least, byteOrder));
      if (at + width > end) return lacking(width);
      const content = bytes.subarray(at + least, at + width);
      if (type.kind === "prefixedBytes") return { width, value: new Uint8Array(content) };
      const text = decodeText(name, content);
      return typeof text === "string" ? { width, value: text } : text;
    }
    case "bytes":
    case "reserved":
      return { width: least, value: new Uint8Array(fixed) };
  }
}

const MOST_DIGITS = 16;

function expected(name: string, width: number, value: number, must: number): ReadField {
  return value === must ? { width, value } : { fault: `${name} is ${value}, and must be ${must}` };
}

/** Null when the bytes end before it does. */
function readVarint(name: string, bytes: Uint8Array, at: number, end: number): ReadField | null {
  let value = 0n;
  for (let index = 0; index < 5; index++) {
    const byte = bytes[at + index];
    if (byte === undefined || at + index >= end) return null;
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte < 0x80) {
      if (value > 0xffffffffn) break;
      return { width: index + 1, value: Number(value) };
    }
  }
  return { fault: `${name} is a varint of more than 32 bits` };
}

function decodeText(name: string, bytes: Uint8Array): string | { fault: string } {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { fault: `${name} is no UTF-8` };
  }
}

/** Where `part` first stands whole between `from` and `end`; -1 when it does not. */
export function indexOf(bytes: Uint8Array, part: Uint8Array, from: number, end: number): number {
  for (let at = from; at + part.length <= end; at++) {
    if (part.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

export function readUnsigned(bytes: Uint8Array, at: number, width: number, order: ByteOrder): bigint {
  let value = 0n;
  for (let index = 0; index < width; index++) {
    const byte = bytes[order === "big" ? at + index : at + width - 1 - index]!;
    value = (value << 8n) | BigInt(byte);
  }
  return value;
}

export const count = (bytes: number) => (bytes === 1 ? "1 byte" : `${bytes} bytes`);
