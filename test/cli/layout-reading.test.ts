import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { layoutCodec } from "../../cli/dynamic-codecs.js";
import { numberOf, readFrame } from "../../cli/layout-reading.js";
import type { FieldType, Layout, LayoutField, Role } from "../../generator/model.js";
import { ErrorCode } from "../../wire/error-code.js";
import { Slab } from "../../wire/slab.js";

const position = { file: "schema/protocol.ts", line: 1, column: 1 };
const unsigned = (bits: 8 | 16 | 24 | 32 | 64): FieldType => ({ kind: "integer", signed: false, bits });

function field(
  name: string,
  type: FieldType,
  role: Role | null = null,
  byteOrder: "big" | "little" = "big",
): LayoutField {
  return { name, property: role?.kind ?? name, type, byteOrder, role, when: [], initial: 0, doc: "", position };
}

const layout = (...fields: LayoutField[]): Layout => ({ name: "request", start: "", end: "", fields, position });

const article = layout(
  field("length", unsigned(16), { kind: "length", counts: "frame", offset: 0 }),
  field("seq", unsigned(32), { kind: "sequence" }),
  field("sentAt", unsigned(64), { kind: "timestamp" }),
  field("messageId", unsigned(16), { kind: "messageId" }),
  field("serverType", unsigned(16), { kind: "serverType" }),
  field("compressed", unsigned(8), { kind: "compressed" }),
  field("encrypted", unsigned(8), { kind: "encrypted" }),
  field("checksum", unsigned(32), { kind: "checksum", algorithm: "crc32", over: "body" }),
);

const body = Buffer.from("0a012a12026869", "hex");
const checksum = crc32(body).toString(16).padStart(8, "0");
const hello = Buffer.from(`001f000000020000019a6a1d2c0007d100670000${checksum}0a012a12026869`, "hex");

describe("reading a frame by the article's layout", () => {
  it("places every field", () => {
    const reading = readFrame(article, hello, 0);
    expect(reading.fault).toBeNull();
    expect(reading.fields.map(({ field, offset, width, value }) => [field.name, offset, width, value])).toEqual([
      ["length", 0, 2, 31],
      ["seq", 2, 4, 2],
      ["sentAt", 6, 8, 0x19a6a1d2c00n],
      ["messageId", 14, 2, 2001],
      ["serverType", 16, 2, 103],
      ["compressed", 18, 1, 0],
      ["encrypted", 19, 1, 0],
      ["checksum", 20, 4, crc32(body)],
    ]);
    expect([reading.bodyStart, reading.bodyEnd]).toEqual([24, 31]);
    expect(reading.checksum).toEqual({ expected: checksum, found: checksum });
    expect(numberOf(reading, "messageId")).toBe(2001);
    expect(numberOf(reading, "errorCode")).toBeNull();
  });

  it("finds one of several frames end to end", () => {
    const reading = readFrame(article, Buffer.concat([hello, hello]), hello.length);
    expect(reading.fields[1]).toMatchObject({ offset: 2, value: 2 });
    expect([reading.bodyStart, reading.bodyEnd]).toEqual([31 + 24, 62]);
  });

  it("says how far it came in a frame that is cut off", () => {
    const reading = readFrame(article, hello.subarray(0, 15), 0);
    expect(reading.fields.map(({ field }) => field.name)).toEqual(["length", "seq", "sentAt"]);
    expect(reading.fault).toBe("messageId needs 2 bytes from offset 14, and the frame has 1 byte left");
  });

  it("says what a wrong length should be", () => {
    const short = Buffer.from(hello);
    short.writeUInt16BE(23);
    expect(readFrame(article, short, 0).fault).toBe("length is 23, and a frame without a body has 24");
    const long = Buffer.from(hello);
    long.writeUInt16BE(40);
    expect(readFrame(article, long, 0).fault).toBe("length is 40, so the body has 16 bytes, and 7 are there");
  });

  it("tells a wrong checksum from the right one", () => {
    const wrong = Buffer.from(hello);
    wrong[30] ^= 1;
    const { expected, found } = readFrame(article, wrong, 0).checksum!;
    expect(found).toBe(checksum);
    expect(expected).toBe(crc32(wrong.subarray(24)).toString(16).padStart(8, "0"));
  });
});

describe("reading other forms", () => {
  it("takes little-endian, signed, floating, prefixed, constant and reserved fields", () => {
    const mixed = layout(
      field("magic", { kind: "constant", bits: 16, value: 0xcafe, onRead: "check" }),
      field("low", unsigned(24), null, "little"),
      field("below", { kind: "integer", signed: true, bits: 16 }),
      field("ratio", { kind: "float", bits: 32 }),
      field("clientIp", { kind: "prefixedText", prefix: 8 }, { kind: "clientIp" }),
      field("token", { kind: "prefixedBytes", prefix: 16 }),
      field("left", { kind: "reserved", size: 2 }),
      field("rest", unsigned(16), { kind: "length", counts: "rest", offset: 1 }),
    );
    const bytes = Buffer.from("cafe010000fffe3f00000003412e420002abcd00000004aabbcc", "hex");
    const reading = readFrame(mixed, bytes, 0);
    expect(reading.fault).toBeNull();
    expect(reading.fields.map(({ value }) => value)).toEqual([
      0xcafe,
      1,
      -2,
      0.5,
      "A.B",
      new Uint8Array([0xab, 0xcd]),
      new Uint8Array(2),
      4,
    ]);
    expect([reading.bodyStart, reading.bodyEnd]).toEqual([23, 26]);
    bytes[0] = 0;
    expect(readFrame(mixed, bytes, 0).fault).toBe(`magic is ${0x00fe}, and must be ${0xcafe}`);
  });

  it("reads a 32-byte checksum with zeros on its left", () => {
    const wide = layout(
      field("checksum", { kind: "bytes", size: 32 }, { kind: "checksum", algorithm: "crc32", over: "frame" }),
    );
    const frame = Buffer.concat([Buffer.alloc(32), body]);
    const expected = crc32(frame);
    frame.writeUInt32BE(expected, 28);
    const shown = expected.toString(16).padStart(64, "0");
    expect(readFrame(wide, frame, 0).checksum).toEqual({ expected: shown, found: shown });
    frame[0] = 1;
    expect(readFrame(wide, frame, 0).checksum).toEqual({ expected: shown, found: `01${shown.slice(2)}` });
  });
});

describe("the codec made of a layout", () => {
  const codec = layoutCodec(article);

  it("writes the frame that it reads", () => {
    const slab = new Slab(64);
    slab.bytes.set(body, 24);
    const header = codec.create();
    Object.assign(header, { sequence: 2, messageId: 2001, serverType: 103 });
    header.timestampHigh = 0x19a;
    header.timestampLow = 0x6a1d2c00;
    codec.encode(header, slab, 0, 31);
    expect(Buffer.from(slab.bytes.subarray(0, 31)).toString("hex")).toBe(hello.toString("hex"));
    const read = codec.create();
    expect(codec.decode(read, slab, 0, 31)).toBe(ErrorCode.OK);
    expect(read).toEqual({ ...header, bodyStart: 24, bodyEnd: 31 });
    codec.patchSequence(slab, 0, 31, 0xffffffff);
    expect(codec.decode(read, slab, 0, 31)).toBe(ErrorCode.OK);
    expect(read.sequence).toBe(0xffffffff);
    slab.bytes[30]! ^= 1;
    expect(codec.decode(read, slab, 0, 31)).toBe(ErrorCode.BAD_CHECKSUM);
    expect(codec.decode(read, slab, 0, 30)).toBe(ErrorCode.BAD_FRAME);
  });

  it("carries a key in two parts", () => {
    const pdu = layoutCodec(
      layout(
        field("length", unsigned(32), { kind: "length", counts: "frame", offset: 0 }),
        field("version", { kind: "constant", bits: 16, value: 1, onRead: "ignore" }),
        field("service", unsigned(16), { kind: "service" }),
        field("command", unsigned(16), { kind: "messageId" }),
        field("seq", unsigned(16), { kind: "sequence" }),
      ),
    );
    expect(pdu.size).toBe(12);
    expect(pdu.sequenceBytes).toBe(2);
    const slab = new Slab(64);
    const header = pdu.create();
    Object.assign(header, { service: 7, messageId: 0x0701, sequence: 3 });
    pdu.encode(header, slab, 0, 12);
    expect(Buffer.from(slab.bytes.subarray(0, 12)).toString("hex")).toBe("0000000c0001000707010003");
    const read = pdu.create();
    expect(pdu.decode(read, slab, 0, 12)).toBe(ErrorCode.OK);
    expect(read).toMatchObject({ service: 7, messageId: 0x0701 });
  });
});
