import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readProxyHeader } from "../../../runtime/frontend/proxy-protocol.js";

/** A version 2 header: the first byte behind the signature, the family, and what follows the length. */
function v2(command: number, family: number, rest: Uint8Array, length = rest.length): Buffer {
  const fixed = Buffer.from("0d0a0d0a000d0a515549540a00000000", "hex");
  fixed.writeUInt8(command, 12);
  fixed.writeUInt8(family, 13);
  fixed.writeUInt16BE(length, 14);
  return Buffer.concat([fixed, rest]);
}

const IPV4 = Buffer.from("c0000201c63364020fa1270f", "hex");
const IPV6 = Buffer.from(`20010db8${"00".repeat(8)}0000002a${"00".repeat(15)}010fa1270f`, "hex");
const MAPPED = Buffer.from(`${"00".repeat(10)}ffffc0000209${"00".repeat(15)}010fa1270f`, "hex");

const good: readonly [what: string, header: Buffer, address: string | null][] = [
  ["version 1, IPv4", Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.2 4001 9999\r\n"), "192.0.2.1"],
  ["version 1, IPv6", Buffer.from("PROXY TCP6 2001:DB8:0::2a ::1 4001 9999\r\n"), "2001:db8::2a"],
  ["version 1, IPv4 in IPv6", Buffer.from("PROXY TCP6 ::ffff:192.0.2.9 ::1 1 65535\r\n"), "192.0.2.9"],
  ["version 1, unknown", Buffer.from("PROXY UNKNOWN\r\n"), null],
  ["version 1, unknown with more", Buffer.from("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"), null],
  ["version 1, as long as it gets", Buffer.from(`PROXY UNKNOWN ${"f".repeat(107 - 14 - 2)}\r\n`), null],
  ["version 2, IPv4", v2(0x21, 0x11, IPV4), "192.0.2.1"],
  [
    "version 2, IPv4 with extensions",
    v2(0x21, 0x11, Buffer.concat([IPV4, Buffer.from("04000401020304", "hex")])),
    "192.0.2.1",
  ],
  ["version 2, IPv6", v2(0x21, 0x21, IPV6), "2001:db8::2a"],
  ["version 2, IPv4 in IPv6", v2(0x21, 0x21, MAPPED), "192.0.2.9"],
  ["version 2, a Unix socket", v2(0x21, 0x31, Buffer.alloc(216)), null],
  ["version 2, unspecified", v2(0x21, 0x00, Buffer.alloc(0)), null],
  ["version 2, LOCAL", v2(0x20, 0x00, Buffer.alloc(0)), null],
  ["version 2, LOCAL with an address", v2(0x20, 0x11, IPV4), null],
  ["version 2, as long as is taken", v2(0x21, 0x11, Buffer.concat([IPV4, Buffer.alloc(4_096 - 12)])), "192.0.2.1"],
];

const bad: readonly [what: string, header: Buffer][] = [
  ["nothing of the kind", Buffer.from("GET / HTTP/1.1\r\n")],
  ["a single zero", Buffer.of(0)],
  ["a word that begins like it", Buffer.from("PROXIES")],
  ["no address", Buffer.from("PROXY TCP4\r\n")],
  ["an address of the other family", Buffer.from("PROXY TCP4 ::1 ::1 1 2\r\n")],
  ["a name instead of an address", Buffer.from("PROXY TCP4 localhost 192.0.2.1 1 2\r\n")],
  ["a target that is no address", Buffer.from("PROXY TCP4 192.0.2.1 x 1 2\r\n")],
  ["no ports", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2\r\n")],
  ["a port too high", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n")],
  ["a port that is none", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n")],
  ["one word too many", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n")],
  ["UDP in version 1", Buffer.from("PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n")],
  ["a line without an end", Buffer.from(`PROXY UNKNOWN ${"f".repeat(200)}`)],
  ["a line one byte too long", Buffer.from(`PROXY UNKNOWN ${"f".repeat(107 - 14 - 1)}\r\n`)],
  ["version 3", v2(0x31, 0x11, IPV4)],
  ["a command that is not known", v2(0x22, 0x11, IPV4)],
  ["a family that is not known", v2(0x21, 0x41, IPV4)],
  ["too few bytes for IPv4", v2(0x21, 0x11, IPV4.subarray(0, 11))],
  ["too few bytes for IPv6", v2(0x21, 0x21, IPV6.subarray(0, 35))],
  ["more bytes than are taken", v2(0x21, 0x11, IPV4, 4_097)],
];

describe("a PROXY header", () => {
  it.each(good)("of %s is read, wherever it is cut, and what follows is left alone", (_what, header, address) => {
    for (let cut = 0; cut < header.length; cut++) {
      expect(readProxyHeader(header.subarray(0, cut))).toEqual({ kind: "more" });
    }
    const done = { kind: "done", bytes: header.length, address };
    expect(readProxyHeader(header)).toEqual(done);
    expect(readProxyHeader(Buffer.concat([header, Buffer.from("PROXY \r\n\r\n")]))).toEqual(done);
  });

  it.each(bad)("with %s is refused, however it is cut", (_what, header) => {
    expect(readProxyHeader(header)).toEqual({ kind: "bad", reason: expect.stringMatching(/\w/) });
    for (let cut = 0; cut < header.length; cut++) {
      expect(readProxyHeader(header.subarray(0, cut)).kind).not.toBe("done");
    }
  });

  it("is decided within a bound, whatever the bytes are", () => {
    const beginnings = [...good, ...bad].map(([, header]) => header);
    const bytes = fc
      .tuple(fc.constantFrom(Buffer.alloc(0), ...beginnings), fc.nat(40), fc.uint8Array({ maxLength: 300 }))
      .map(([header, keep, rest]) => Buffer.concat([header.subarray(0, keep), rest]));
    fc.assert(
      fc.property(bytes, (input) => {
        const read = readProxyHeader(input);
        if (read.kind === "done") expect(read.bytes).toBeLessThanOrEqual(input.length);
        const longer = readProxyHeader(Buffer.concat([input, Buffer.alloc(16 + 4_096)]));
        expect(longer.kind).not.toBe("more");
        if (read.kind !== "more") expect(longer).toEqual(read);
      }),
      { numRuns: 5_000 },
    );
  });
});
