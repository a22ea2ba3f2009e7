/** Header codecs against frames written by hand. */
import { crc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Layout } from "../../../generator/model.js";
import { ErrorCode } from "../../../wire/error-code.js";
import {
  articleInternal,
  articleRequest,
  articleResponse,
  bytes,
  constant,
  crc,
  i16,
  i32,
  i64,
  layoutOf,
  length,
  reserved,
  u8,
  u16,
  u24,
  u32,
  u64,
} from "./layout-builder.js";
import { liveLayout } from "./live-module.js";

const hexOf = (data: Uint8Array) => Buffer.from(data).toString("hex");
const fromHex = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** Writes a header with these values before `body`, and reads the given frame: both must agree. */
async function vector(layout: Layout, values: Record<string, unknown>, body: string, frame: string): Promise<void> {
  const { codec, newSlab } = await liveLayout(layout);
  const header = Object.assign(codec.create(), values);
  const size = codec.sizeOf(header);
  const slab = newSlab(256);
  slab.bytes.fill(0xee);
  slab.bytes.set(fromHex(body), 10 + size);
  const end = 10 + size + fromHex(body).length;
  codec.encode(header, slab, 10, end);
  expect(hexOf(slab.bytes.subarray(10, end))).toBe(frame.replaceAll(" ", ""));
  expect(slab.bytes[9]).toBe(0xee);
  expect(slab.bytes[end]).toBe(0xee);

  const read = codec.create();
  const given = newSlab(300);
  given.bytes.fill(0xee);
  given.bytes.set(fromHex(frame), 33);
  expect(codec.decode(read, given, 33, 33 + fromHex(frame).length)).toBe(ErrorCode.OK);
  expect(read).toMatchObject(values);
  expect([read.bodyStart, read.bodyEnd]).toEqual([33 + size, 33 + fromHex(frame).length]);
}

const checksum = (hex: string) => crc32(fromHex(hex)).toString(16).padStart(8, "0");

describe("the article's headers", () => {
  it("request: 24 bytes, checksum over the body", async () => {
    const values = {
      sequence: 7,
      timestampHigh: 0x18b,
      timestampLow: 0xcfe568ab,
      messageId: 2001,
      serverType: 103,
      compressed: 0,
      encrypted: 0,
    };
    const frame = `001b 00000007 0000018bcfe568ab 07d1 0067 00 00 ${checksum("616263")} 616263`;
    await vector(articleRequest, values, "616263", frame);
    expect(checksum("616263")).toBe("352441c2");
    await vector(
      articleRequest,
      { ...values, sequence: 0xffffffff, messageId: 65535 },
      "",
      `0018 ffffffff 0000018bcfe568ab ffff 0067 00 00 00000000`,
    );
  });

  it("response: 21 bytes", async () => {
    const values = {
      sequence: 7,
      messageId: 2001,
      serverType: 103,
      timestampHigh: 1,
      timestampLow: 2,
      compressed: 1,
      errorCode: 1003,
    };
    await vector(articleResponse, values, "ff", "0016 00000007 07d1 0067 0000000100000002 01 03eb ff");
  });

  it("internal: 39 bytes and an address", async () => {
    const values = {
      roleIdHigh: 1,
      roleIdLow: 2,
      userIdHigh: 3,
      userIdLow: 0xfffffffe,
      sequence: 9,
      messageId: 2001,
      serverType: 103,
      timestampHigh: 5,
      timestampLow: 6,
      source: 11,
      target: 12,
      errorCode: 13,
      clientIp: "10.0.0.1",
    };
    const frame =
      "0000000100000002 00000003fffffffe 00000009 07d1 0067 0000000500000006 000b 000c 000d 08 31302e302e302e31 aabb";
    await vector(articleInternal, values, "aabb", frame);
    await vector(articleInternal, { ...values, clientIp: "" }, "", frame.replace("08 31302e302e302e31 aabb", "00"));
  });

  it("with the checksum 32 bytes wide, padded with zeros on the left", async () => {
    const wide = layoutOf("wide", [
      ["length", u16, length("frame")],
      ["checksum", bytes(32), crc("body")],
    ]);
    await vector(wide, {}, "616263", `0025 ${"00".repeat(28)} 352441c2 616263`);
    const { codec, newSlab } = await liveLayout(wide);
    const slab = newSlab();
    slab.bytes.set(fromHex(`0025 01 ${"00".repeat(27)} 352441c2 616263`));
    expect(codec.decode(codec.create(), slab, 0, 37)).toBe(ErrorCode.BAD_CHECKSUM);
  });
});

describe("other people's headers", () => {
  it("TeamTalk's PDU, its heartbeat", async () => {
    const pdu = layoutOf("pdu", [
      ["length", u32, length("frame")],
      ["version", constant(16, 1, "ignore")],
      ["flag", u16],
      ["service", u16, "service"],
      ["command", u16, "messageId"],
      ["seq", u16, "sequence"],
      ["reserved", reserved(2)],
    ]);
    await vector(
      pdu,
      { flag: 0, service: 7, messageId: 0x0701, sequence: 0 },
      "",
      "00000010 0001 0000 0007 0701 0000 0000",
    );
  });

  it("pomelo's package: a byte and 24 bits that count the body", async () => {
    const pomelo = layoutOf("package", [
      ["type", u8],
      ["length", u24, length("body")],
    ]);
    await vector(pomelo, { type: 4 }, "010203", "04 000003 010203");
  });

  it("QQ-journey's: little-endian, counting the body", async () => {
    const journey = layoutOf(
      "journey",
      [
        ["type", u32, "messageId"],
        ["length", u32, length("body")],
      ],
      "little",
    );
    await vector(journey, { messageId: 3 }, "0102", "03000000 02000000 0102");
  });

  it("signed fields, as Java writes them", async () => {
    const xinyue = layoutOf("xinyue", [
      ["length", i16, length("frame")],
      ["seq", i32, "sequence"],
      ["id", i16, "messageId"],
      ["time", i64, "timestamp"],
      ["type", i16, "serverType"],
      ["zip", u8, "compressed"],
    ]);
    const values = { sequence: 1, messageId: 2, timestampHigh: 3, timestampLow: 4, serverType: 1001, compressed: 0 };
    await vector(xinyue, values, "00", "0014 00000001 0002 0000000300000004 03e9 00 00");
  });
});

describe("places", () => {
  it("a length that counts the rest, with an offset, in the middle", async () => {
    const odd = layoutOf("odd", [
      ["first", u8],
      ["length", u16, length("rest", -1)],
      ["after", u32],
    ]);
    // The rest is 4 + 2 bytes; one less is written.
    await vector(odd, { first: 1, after: 5 }, "aabb", "01 0005 00000005 aabb");
  });

  it("24 bits, both orders, both signs", async () => {
    const order = layoutOf("order", [
      ["a", u24],
      ["b", u24, undefined, "little"],
      ["c", { kind: "integer", signed: true, bits: 24 }],
      ["d", { kind: "integer", signed: true, bits: 24 }, undefined, "little"],
    ]);
    await vector(order, { a: 0x010203, b: 0x010203, c: -2, d: -2 }, "", "010203 030201 fffffe feffff");
  });

  it("an application's 64-bit fields, as halves and as a bigint", async () => {
    const wide = layoutOf("wide", [
      ["token", u64],
      ["offset", i64, undefined, "little"],
    ]);
    await vector(
      wide,
      { tokenHigh: 1, tokenLow: 2, token: 0x1_0000_0002n, offset: -2n },
      "",
      "0000000100000002 feffffffffffffff",
    );
    const { codec } = await liveLayout(wide);
    const header = codec.create();
    header.offset = -(2n ** 63n);
    expect([header.offsetHigh, header.offsetLow]).toEqual([0x80000000, 0]);
    header.token = 2n ** 64n - 1n;
    expect([header.tokenHigh, header.tokenLow, header.token]).toEqual([0xffffffff, 0xffffffff, 2n ** 64n - 1n]);
    expect(() => (header.token = 2n ** 64n)).toThrow(
      "internal.token: 18446744073709551616 is not an integer from 0 to 18446744073709551615",
    );
    expect(() => (header.offset = 2n ** 63n)).toThrow(RangeError);
  });

  it("a length and a sequence of 64 bits", async () => {
    const wide = layoutOf("wide", [
      ["length", u64, length("frame")],
      ["seq", u64, "sequence", "little"],
    ]);
    await vector(wide, { sequence: 0x1_0000_0002 }, "aa", "0000000000000011 0200000001000000 aa");
  });

  it("a timestamp of 32 bits is the lower half", async () => {
    const short = layoutOf("short", [["at", u32, "timestamp"]]);
    await vector(short, { timestampHigh: 0, timestampLow: 0xfffffffe }, "", "fffffffe");
  });
});
