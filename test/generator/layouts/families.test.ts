/**
 * What other people's clients and servers send, byte for byte: the schemas in `examples/` write these frames, and read them. The
 * bytes are written down by hand, from the widths that each protocol is described with.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { layoutCodec } from "../../../cli/dynamic-codecs.js";
import { loadProject } from "../../../generator/load/index.js";
import type { Layout, Model } from "../../../generator/model.js";
import { ErrorCode } from "../../../wire/error-code.js";
import type { LayoutCodec } from "../../../wire/layout-codec.js";
import type { Slab } from "../../../wire/slab.js";
import { liveLayouts } from "../print/live-module.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Names a layout: `pdu.request`, `internal`. */
type Which = `${string}.request` | `${string}.response` | "internal";

interface Vector {
  readonly what: string;
  readonly layout: Which;
  /** What a header holds; the rest of it is zero or empty. */
  readonly header: Readonly<Record<string, unknown>>;
  /** Text, or bytes as hexadecimal digits behind `0x`. */
  readonly body: string;
  /** Hexadecimal digits; spaces do not count. */
  readonly frame: string;
}

const ascii = (text: string) => Buffer.from(text, "latin1").toString("hex");
const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
const bodyBytes = (body: string) => (body.startsWith("0x") ? bytesOf(body.slice(2)) : Buffer.from(body));

const families: Readonly<Record<string, readonly Vector[]>> = {
  // The reference schema: length 2, seq 4, time 8, id 2, type 2, zip 1, encrypt 1, crc 4 over the body.
  ".": [
    {
      what: "the article's request, its checksum 4 bytes wide",
      layout: "main.request",
      header: { sequence: 2, timestampHigh: 0x19a, timestampLow: 0x6a1d2c00, messageId: 2001, serverType: 103 },
      body: "0x0a012a12026869",
      frame: "001f 00000002 0000019a6a1d2c00 07d1 0067 00 00 19ef1719 0a012a12026869",
    },
    {
      what: "the article's response",
      layout: "main.response",
      header: {
        sequence: 2,
        messageId: 2001,
        serverType: 103,
        timestampHigh: 0x19a,
        timestampLow: 0x6a1d2c01,
        errorCode: 1003,
      },
      body: "0xff",
      frame: "0016 00000002 07d1 0067 0000019a6a1d2c01 00 03eb ff",
    },
  ],
  "examples/article": [
    {
      what: "the request with the checksum 32 bytes wide, zeros on its left",
      layout: "main.request",
      header: { sequence: 7, timestampHigh: 1, timestampLow: 2, messageId: 1, serverType: 2001, compressed: 0 },
      body: "abc",
      frame: `0037 00000007 0000000100000002 0001 07d1 00 00 ${"00".repeat(28)}352441c2 616263`,
    },
    {
      what: "the response",
      layout: "main.response",
      header: { sequence: 7, messageId: 1, serverType: 2001, timestampHigh: 1, timestampLow: 3, errorCode: 0 },
      body: "",
      frame: "0015 00000007 0001 07d1 0000000100000003 00 0000",
    },
    {
      what: "the header between servers, an address behind it",
      layout: "internal",
      header: {
        roleIdHigh: 0,
        roleIdLow: 5,
        userIdHigh: 0x80000000,
        userIdLow: 6,
        sequence: 7,
        messageId: 1,
        serverType: 2001,
        timestampHigh: 1,
        timestampLow: 2,
        source: 3,
        target: 4,
        errorCode: 9,
        clientIp: "10.0.0.1",
      },
      body: "abc",
      frame: `0000000000000005 8000000000000006 00000007 0001 07d1 0000000100000002 0003 0004 0009 08 ${ascii("10.0.0.1")} 616263`,
    },
  ],
  // Request 19 bytes: len 2, seq 4, id 2, time 8, type 2, zip 1. Response 13: len 2, seq 4, id 2, type 2, error 2, zip 1.
  "examples/xinyue": [
    {
      what: "a request",
      layout: "game.request",
      header: {
        sequence: 3,
        messageId: 1,
        timestampHigh: 0x18b,
        timestampLow: 0xcfe56800,
        service: 2001,
        compressed: 0,
      },
      body: "0x082a",
      frame: "0015 00000003 0001 0000018bcfe56800 07d1 00 082a",
    },
    {
      what: "a response",
      layout: "game.response",
      header: { sequence: 3, messageId: 1, service: 2001, errorCode: 101, compressed: 1 },
      body: "",
      frame: "000d 00000003 0001 07d1 0065 01",
    },
    {
      what: "the internal header: role 8, user 8, seq 4, id 2, time 8, from 2, to 2, error 2, ip behind 2",
      layout: "internal",
      header: {
        roleIdHigh: 0xffffffff,
        roleIdLow: 0xffffffff,
        userIdHigh: 0,
        userIdLow: 9,
        sequence: 3,
        messageId: 1,
        timestampHigh: 0x18b,
        timestampLow: 0xcfe56800,
        source: 1,
        target: 2,
        errorCode: 0,
        clientIp: "::1",
      },
      body: "0x082a",
      frame: `ffffffffffffffff 0000000000000009 00000003 0001 0000018bcfe56800 0001 0002 0000 0003 ${ascii("::1")} 082a`,
    },
  ],
  // length 4 (whole), version 2, flag 2, service 2, command 2, seq 2, reserved 2.
  "examples/teamtalk": [
    {
      what: "the heartbeat",
      layout: "teamtalk.request",
      header: { service: 7, messageId: 0x0701, sequence: 0, flag: 0 },
      body: "",
      frame: "00000010 0001 0000 0007 0701 0000 0000",
    },
    {
      what: "an acknowledgement",
      layout: "teamtalk.response",
      header: { service: 3, messageId: 0x0302, sequence: 5, flag: 0x8001 },
      body: "0x08071009",
      frame: "00000014 0001 8001 0003 0302 0005 0000 08071009",
    },
  ],
  // type 4, data_len 4, little-endian.
  "examples/journey": [
    { what: "a ping", layout: "manager.request", header: { messageId: 3 }, body: "", frame: "03000000 00000000" },
    {
      what: "where clients connect, in a message to a gateway's client",
      layout: "manager.response",
      header: { messageId: 0 },
      body: "0x7f000001 1e61",
      frame: "00000000 06000000 7f000001 1e61",
    },
    {
      what: "a message longer than a byte can count",
      layout: "manager.response",
      header: { messageId: 1 },
      body: "x".repeat(300),
      frame: `01000000 2c010000 ${"78".repeat(300)}`,
    },
  ],
  "examples/mir": [
    {
      what: "a client's data, ended by $ and a zero",
      layout: "byZero.request",
      header: { messageId: 0x41, socket: 12 },
      body: "#1<<<<<BL<<<<<<<<<!",
      frame: `${ascii("%A12/#1<<<<<BL<<<<<<<<<!$")}00`,
    },
    {
      what: "a new session, ended by $0",
      layout: "byDigit.request",
      header: { messageId: 0x30, socket: 0 },
      body: "127.0.0.1",
      frame: ascii("%00/127.0.0.1$0"),
    },
    {
      what: "data with a dollar sign, which alone ends nothing",
      layout: "byDigit.response",
      header: { messageId: 0x41, socket: 4294967296 },
      body: "$1$",
      frame: ascii("%A4294967296/$1$$0"),
    },
  ],
  // Package: type 1, length 3. Message: flag 1, id as a varint, route as u8 and text or as u16.
  "examples/pomelo": [
    {
      what: "a request by the route's name",
      layout: "pomelo.request",
      header: { packet: 4, kind: 0, sequence: 5, route: "connector.entryHandler.enter" },
      body: '{"rid":"1"}',
      frame: `04 00002a 00 05 1c ${ascii('connector.entryHandler.enter{"rid":"1"}')}`,
    },
    {
      what: "a request by the route's code, its id in two bytes",
      layout: "pomelo.request",
      header: { packet: 4, byCode: 1, kind: 0, sequence: 300, messageId: 2 },
      body: "{}",
      frame: `04 000007 01 ac02 0002 ${ascii("{}")}`,
    },
    {
      what: "a notify, which has no id",
      layout: "pomelo.request",
      header: { packet: 4, kind: 1, route: "chat.chatHandler.typing" },
      body: "{}",
      frame: `04 00001b 02 17 ${ascii("chat.chatHandler.typing{}")}`,
    },
    {
      what: "a response, which has no route",
      layout: "pomelo.response",
      header: { packet: 4, kind: 2, sequence: 300 },
      body: '{"code":200}',
      frame: `04 00000f 04 ac02 ${ascii('{"code":200}')}`,
    },
    {
      what: "a push, gzipped",
      layout: "pomelo.response",
      header: { packet: 4, kind: 3, compressed: 1, route: "onChat" },
      body: "0x1f8b",
      frame: `04 00000a 16 06 ${ascii("onChat")} 1f8b`,
    },
    {
      what: "a heartbeat, a package without a message",
      layout: "pomelo.request",
      header: { packet: 3 },
      body: "",
      frame: "03 000000",
    },
    {
      what: "a handshake, a package with a body only",
      layout: "pomelo.request",
      header: { packet: 1 },
      body: '{"sys":{}}',
      frame: `01 00000a ${ascii('{"sys":{}}')}`,
    },
  ],
};

function layoutsOf(model: Model): Map<Which, Layout> {
  return new Map<Which, Layout>([
    ...model.protocols.map(({ name, request }) => [`${name}.request`, request] as const),
    ...model.protocols.map(({ name, response }) => [`${name}.response`, response] as const),
    ["internal", model.internal],
  ]);
}

describe.each(Object.entries(families))("%s", (folder, vectors) => {
  let layouts: Map<Which, Layout>;
  // biome-ignore lint/suspicious/noExplicitAny: fields of the application's own, by the names of the schema.
  let codecs: Map<Which, LayoutCodec<any>>;
  let newSlab: (capacity?: number) => Slab;

  beforeAll(async () => {
    const { model, diagnostics } = await loadProject(join(root, folder));
    expect(diagnostics).toEqual([]);
    layouts = layoutsOf(model!);
    const live = await liveLayouts([...layouts.values()]);
    codecs = new Map([...layouts.keys()].map((which, index) => [which, live.codecs[index]!]));
    newSlab = live.newSlab;
  });

  it.each(vectors)("$what", ({ layout: which, header: given, body, frame }) => {
    const layout = layouts.get(which)!;
    const expected = bytesOf(frame);
    for (const codec of [codecs.get(which)!, layoutCodec(layout)]) {
      const content = bodyBytes(body);
      const slab = newSlab(1024);
      const header = Object.assign(codec.create(), given);
      const bodyStart = codec.sizeOf(header);
      const end = bodyStart + content.length + codec.trailer;
      slab.bytes.set(content, bodyStart);
      codec.encode(header, slab, 0, end);
      expect(Buffer.from(slab.bytes.subarray(0, end)).toString("hex")).toBe(expected.toString("hex"));

      const read = codec.create();
      expect(codec.decode(read, slab, 0, end)).toBe(ErrorCode.OK);
      expect(read).toMatchObject(given);
      expect([read.bodyStart, read.bodyEnd]).toEqual([bodyStart, end - codec.trailer]);
    }
  });

  it("is cut out of a stream that arrives byte by byte", () => {
    for (const { layout: which, frame } of vectors.filter(({ layout }) => layout !== "internal")) {
      const bytes = bytesOf(frame + frame);
      const length = bytes.length / 2;
      const slab = newSlab(2048);
      slab.bytes.set(bytes);
      const codec = codecs.get(which)!;
      const told = Array.from({ length: length + 1 }, (_, end) => codec.frameLength(slab, 0, end, 1024));
      const first = told.findIndex((answer) => answer !== 0);
      expect(told.slice(first)).toEqual(new Array(length + 1 - first).fill(length));
      expect(codec.frameLength(slab, length, 2 * length, length)).toBe(length);
      expect(codec.frameLength(slab, length, 2 * length, length - 1)).toBe(-1);
    }
  });
});

describe("TeamTalk's clients", () => {
  it("may say that they are of version 6", async () => {
    const { model } = await loadProject(join(root, "examples/teamtalk"));
    const { codecs, newSlab } = await liveLayouts([model!.protocols[0]!.request]);
    const slab = newSlab();
    slab.bytes.set(bytesOf("00000012 0006 0000 0001 0103 0009 0000 0a00"));
    const header = codecs[0]!.create();
    expect(codecs[0]!.decode(header, slab, 0, 18)).toBe(ErrorCode.OK);
    expect(header).toMatchObject({ service: 1, messageId: 0x0103, sequence: 9, bodyStart: 16, bodyEnd: 18 });
  });
});

describe("a stream that is not the protocol's", () => {
  it.each([
    ["a length below the header's", "examples/teamtalk", "teamtalk.request", "0000000f 0001 0000"],
    ["a length of zero", "examples/teamtalk", "teamtalk.request", "00000000"],
    ["a length of two gigabytes", "examples/teamtalk", "teamtalk.request", "80000000"],
    ["no percent sign in front", "examples/mir", "byZero.request", ascii("A12/")],
    ["no end within the bound", "examples/mir", "byZero.request", ascii(`%A12/${"x".repeat(200)}`)],
  ] as const)("%s", async (_what, folder, which, hex) => {
    const { model } = await loadProject(join(root, folder));
    const { codecs, newSlab } = await liveLayouts([layoutsOf(model!).get(which)!]);
    const slab = newSlab();
    const bytes = bytesOf(hex);
    slab.bytes.set(bytes);
    expect(codecs[0]!.frameLength(slab, 0, bytes.length, 128)).toBe(-1);
  });

  it("is told from a delimited frame whose end stands in the header's place", async () => {
    const { model } = await loadProject(join(root, "examples/mir"));
    const { codecs, newSlab } = await liveLayouts([layoutsOf(model!).get("byZero.request")!]);
    const slab = newSlab();
    for (const text of ["%$\0", "%A$\0", "%A12$\0", "%A/$\0", "%Ax/$\0", "%A99999999999999999/$\0"]) {
      const bytes = Buffer.from(text, "latin1");
      slab.bytes.set(bytes);
      expect(codecs[0]!.frameLength(slab, 0, bytes.length, 128)).toBe(bytes.length);
      expect(codecs[0]!.decode(codecs[0]!.create(), slab, 0, bytes.length)).toBe(ErrorCode.BAD_FRAME);
    }
  });

  it("is not written either: a body with the delimiter is refused", async () => {
    const { model } = await loadProject(join(root, "examples/mir"));
    const { codecs, newSlab } = await liveLayouts([layoutsOf(model!).get("byZero.request")!]);
    const codec = codecs[0]!;
    const header = Object.assign(codec.create(), { messageId: 0x41, socket: 1 });
    const slab = newSlab();
    const body = Buffer.from("a$\0b", "latin1");
    const bodyStart = codec.sizeOf(header);
    slab.bytes.set(body, bodyStart);
    expect(() => codec.encode(header, slab, 0, bodyStart + body.length + codec.trailer)).toThrow(RangeError);
  });
});
