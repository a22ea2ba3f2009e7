/** Layouts written down shortly, for tests. */
import type { ByteOrder, FieldType, Layout, LayoutField, Role, SimpleRole } from "../../../generator/model.js";

const position = { file: "schema/protocol.ts", line: 1, column: 1 };

type Bits = 8 | 16 | 24 | 32 | 64;

const unsigned = (bits: Bits): FieldType => ({ kind: "integer", signed: false, bits });
const signed = (bits: Bits): FieldType => ({ kind: "integer", signed: true, bits });
export const u8 = unsigned(8);
export const u16 = unsigned(16);
export const u24 = unsigned(24);
export const u32 = unsigned(32);
export const u64 = unsigned(64);
export const i8 = signed(8);
export const i16 = signed(16);
export const i24 = signed(24);
export const i32 = signed(32);
export const i64 = signed(64);
export const f32: FieldType = { kind: "float", bits: 32 };
export const f64: FieldType = { kind: "float", bits: 64 };
export const bytes = (size: number): FieldType => ({ kind: "bytes", size });
export const prefixedText = (prefix: 8 | 16 | 32): FieldType => ({ kind: "prefixedText", prefix });
export const prefixedBytes = (prefix: 8 | 16 | 32): FieldType => ({ kind: "prefixedBytes", prefix });
export const reserved = (size: number): FieldType => ({ kind: "reserved", size });
export const constant = (bits: 8 | 16 | 24 | 32, value: number, onRead: "check" | "ignore" = "check"): FieldType => ({
  kind: "constant",
  bits,
  value,
  onRead,
});

export const length = (counts: "frame" | "rest" | "body", offset = 0): Role => ({ kind: "length", counts, offset });
export const crc = (over: "body" | "frame"): Role => ({ kind: "checksum", algorithm: "crc32", over });

type FieldSketch = readonly [name: string, type: FieldType, role?: Role | SimpleRole, byteOrder?: ByteOrder];

export function layoutOf(name: string, fields: readonly FieldSketch[], byteOrder: ByteOrder = "big"): Layout {
  return {
    name,
    start: "",
    end: "",
    position,
    fields: fields.map(([field, type, role, order]): LayoutField => {
      const meaning = role === undefined ? null : typeof role === "string" ? { kind: role } : role;
      return {
        name: field,
        property: meaning?.kind ?? field,
        type,
        byteOrder: order ?? byteOrder,
        role: meaning,
        when: [],
        initial: 0,
        doc: "",
        position,
      };
    }),
  };
}

/** The reference schema's layouts, the article's: 24, 21 and at least 39 bytes. */
export const articleRequest = layoutOf("main.request", [
  ["length", u16, length("frame")],
  ["seq", u32, "sequence"],
  ["sentAt", u64, "timestamp"],
  ["messageId", u16, "messageId"],
  ["serverType", u16, "serverType"],
  ["compressed", u8, "compressed"],
  ["encrypted", u8, "encrypted"],
  ["checksum", u32, crc("body")],
]);

export const articleResponse = layoutOf("main.response", [
  ["length", u16, length("frame")],
  ["seq", u32, "sequence"],
  ["messageId", u16, "messageId"],
  ["serverType", u16, "serverType"],
  ["sentAt", u64, "timestamp"],
  ["compressed", u8, "compressed"],
  ["errorCode", u16, "errorCode"],
]);

export const articleInternal = layoutOf("internal", [
  ["roleId", u64, "roleId"],
  ["userId", u64, "userId"],
  ["seq", u32, "sequence"],
  ["messageId", u16, "messageId"],
  ["serverType", u16, "serverType"],
  ["sentAt", u64, "timestamp"],
  ["from", u16, "source"],
  ["to", u16, "target"],
  ["errorCode", u16, "errorCode"],
  ["clientIp", prefixedText(8), "clientIp"],
]);

/** One of everything: little-endian with big-endian fields, text in the middle, a checksum over the frame. */
export const everything = layoutOf(
  "everything",
  [
    ["magic", constant(16, 0xcafe)],
    ["version", constant(8, 3, "ignore")],
    ["size", u24, length("rest", 4)],
    ["sum", u32, crc("frame")],
    ["when", u64, "timestamp", "big"],
    ["seq", u24, "sequence", "big"],
    ["id", u16, "messageId"],
    ["tiny", i8],
    ["small", i16],
    ["middle", i24],
    ["large", i32],
    ["huge", i64],
    ["vast", u64, undefined, "big"],
    ["half", f32],
    ["exact", f64],
    ["zone", prefixedText(8)],
    ["pad", reserved(3)],
    ["flags", u8, "flags"],
    ["token", bytes(5)],
    ["note", prefixedBytes(16), undefined, "big"],
    ["last", u32],
  ],
  "little",
);
