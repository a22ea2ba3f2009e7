/**
 * Reads headers straight from a layout of the model, field by field, so that `explain` can show every field with its place, and `call`
 * works without compiled code.
 */
import { utf8Length } from "../generator/layout-size.js";
import type { Condition, Layout, LayoutField } from "../generator/model.js";
import { count, type FieldValue, indexOf, readField } from "./field-reading.js";
import { checksumField, checksumOf } from "./frame-checksum.js";

export interface FieldReading {
  readonly field: LayoutField;
  /** From the frame's first byte. */
  readonly offset: number;
  /** Bytes. Fields that share bits have the same. */
  readonly width: number;
  readonly value: FieldValue;
}

export interface FrameReading {
  readonly layout: Layout;
  /** The fields that are there and could be read, in order, the delimiters around a frame among them. */
  readonly fields: readonly FieldReading[];
  /** Why reading ended before the body; null when it did not. */
  readonly fault: string | null;
  /** From the buffer's first byte; all the frame's start when there is a fault. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly end: number;
  /** Null when the layout has none, or reading did not come so far. The field's bytes, in hexadecimal digits. */
  readonly checksum: { readonly expected: string; readonly found: string } | null;
}

/** Reads one frame of a buffer. Never throws for what the bytes are. */
export function readFrame(layout: Layout, bytes: Uint8Array, start: number): FrameReading {
  const fields: FieldReading[] = [];
  const failed = (fault: string): FrameReading => {
    return { layout, fields, fault, bodyStart: start, bodyEnd: start, end: start, checksum: null };
  };
  const trailer = utf8Length(layout.end);
  let limit = bytes.length;
  if (isDelimited(layout)) {
    const found = indexOf(bytes, new TextEncoder().encode(layout.end), start + utf8Length(layout.start), bytes.length);
    if (found === -1) return failed(`no ${JSON.stringify(layout.end)} ends the frame`);
    limit = found;
  }
  let at = start;
  for (const field of [...mark("start", layout.start), ...layout.fields]) {
    if (!field.when.every((condition) => holds(condition, fields))) continue;
    const read = readField(field, bytes, start, at, limit);
    if ("fault" in read) return failed(read.fault);
    fields.push({ field, offset: at - start, ...read });
    if (field.type.kind !== "bits" || field.type.group.last) at += read.width;
    if (field.property === "" && read.value !== layout.start) {
      return failed(
        `the frame begins with ${JSON.stringify(read.value)}, and not with ${JSON.stringify(layout.start)}`,
      );
    }
  }
  const bodyStart = at;
  const bodyEnd = isDelimited(layout) ? limit : bodyEndOf(layout, fields, start, bodyStart, limit);
  if (typeof bodyEnd === "string") return failed(bodyEnd);
  for (const field of mark("end", layout.end)) {
    const read = readField(field, bytes, start, bodyEnd, bytes.length);
    if ("fault" in read) return failed(read.fault);
    if (read.value !== layout.end) {
      return failed(`behind the body stands ${JSON.stringify(read.value)}, and not ${JSON.stringify(layout.end)}`);
    }
    fields.push({ field, offset: bodyEnd - start, ...read });
  }
  const end = bodyEnd + trailer;
  const checksum = verify(fields, bytes, { start, bodyStart, bodyEnd, end });
  return { layout, fields, fault: null, bodyStart, bodyEnd, end, checksum };
}

/** A text that stands around a body, as a field; no header has a property for it. */
function mark(name: string, text: string): LayoutField[] {
  if (text === "") return [];
  const position = { file: "", line: 1, column: 1 };
  const type = { kind: "text", size: utf8Length(text), pad: -1 } as const;
  const rest = { byteOrder: "big", role: null, when: [], initial: 0, doc: "", position } as const;
  return [{ name, property: "", type, ...rest }];
}

/** Whether nothing tells where a frame ends but what stands there. */
export function isDelimited({ end, fields }: Layout): boolean {
  return end !== "" && !fields.some(({ role }) => role?.kind === "length");
}

/** A condition on a field that is not there does not hold. */
export function holds({ field: name, values, not }: Condition, fields: readonly FieldReading[]): boolean {
  const found = fields.find(({ field }) => field.name === name);
  return found !== undefined && values.includes(Number(found.value)) !== not;
}

/** The value of the field with a role, as a number; null when the layout has no such field or reading did not reach it. */
export function numberOf(reading: FrameReading, role: string): number | null {
  const found = reading.fields.find(({ field }) => field.role?.kind === role);
  return found === undefined || typeof found.value === "string" ? null : Number(found.value);
}

/** What the `length` field must say, for a header that ends at `bodyStart` and a frame of `total` bytes. */
export function lengthValue(
  layout: Layout,
  { field, offset, width }: FieldReading,
  bodyStart: number,
  total: number,
): number {
  const role = field.role as { counts: "frame" | "rest" | "body"; offset: number };
  const counted = {
    frame: total,
    rest: total - offset - width,
    body: total - bodyStart - utf8Length(layout.end),
  };
  return counted[role.counts] + role.offset;
}

/** Where the body ends in the buffer, or what is wrong with the length it states. */
function bodyEndOf(
  layout: Layout,
  fields: readonly FieldReading[],
  start: number,
  bodyStart: number,
  available: number,
): number | string {
  const length = fields.find(({ field }) => field.role?.kind === "length");
  if (length === undefined) return available;
  const stated = Number(length.value);
  const trailer = utf8Length(layout.end);
  const header = bodyStart - start;
  // The stated length of a frame without a body is the least; every byte more is one of the body's.
  const least = lengthValue(layout, length, header, header + trailer);
  const { name } = length.field;
  if (stated < least) return `${name} is ${stated}, and a frame without a body has ${least}`;
  const end = bodyStart + stated - least;
  if (end + trailer > available) {
    const there = Math.max(0, available - trailer - bodyStart);
    return `${name} is ${stated}, so the body has ${count(end - bodyStart)}, and ${there} are there`;
  }
  return end;
}

function verify(fields: readonly FieldReading[], bytes: Uint8Array, at: Parameters<typeof checksumOf>[4]) {
  const reading = fields.find(({ field }) => field.role?.kind === "checksum");
  if (reading === undefined) return null;
  const { field, offset, width } = reading;
  const hex = (part: Uint8Array) => Buffer.from(part).toString("hex");
  const expected = checksumField(field, width, checksumOf(field, offset, width, bytes, at));
  return { expected: hex(expected), found: hex(bytes.subarray(at.start + offset, at.start + offset + width)) };
}
