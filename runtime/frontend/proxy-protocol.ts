/**
 * The PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a TCP proxy says first about the client it stands for.
 */
import { isIP } from "node:net";
import { plainAddress } from "./client-address.js";

/** `more`: the header is not complete yet. `bad`: what stands there is none; the connection cannot be trusted. */
export type ProxyHeader =
  | { readonly kind: "more" }
  | { readonly kind: "bad"; readonly reason: string }
  /** `address` is null when the proxy speaks for itself: a health check. */
  | { readonly kind: "done"; readonly bytes: number; readonly address: string | null };

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const V1 = Buffer.from("PROXY ");
/** Bytes of the longest version 1 header, by its specification. */
const LONGEST_V1 = 107;
const V2_FIXED = 16;
/** Bytes of addresses and extensions in a version 2 header. The specification allows 64 KB; nobody needs them. */
const LONGEST_V2 = 4_096;

const MORE: ProxyHeader = { kind: "more" };

/** Reads the header at the front of what was received so far. */
export function readProxyHeader(bytes: Buffer): ProxyHeader {
  if (startsLike(bytes, SIGNATURE)) return readV2(bytes);
  if (startsLike(bytes, V1)) return readV1(bytes);
  return { kind: "bad", reason: "the connection does not begin with a PROXY protocol header" };
}

/** Whether `bytes` begin with `prefix`, as far as there are any. */
function startsLike(bytes: Buffer, prefix: Buffer): boolean {
  const length = Math.min(bytes.length, prefix.length);
  return bytes.compare(prefix, 0, length, 0, length) === 0;
}

function readV1(bytes: Buffer): ProxyHeader {
  const end = bytes.subarray(0, LONGEST_V1).indexOf("\r\n");
  if (end < 0) {
    if (bytes.length < LONGEST_V1) return MORE;
    return { kind: "bad", reason: `a PROXY header of version 1 has at most ${LONGEST_V1} bytes` };
  }
  const words = bytes.toString("latin1", 0, end).split(" ");
  const [, family, source = "", target = "", ...ports] = words;
  if (family === "UNKNOWN") return { kind: "done", bytes: end + 2, address: null };
  const expected = family === "TCP4" ? 4 : family === "TCP6" ? 6 : 0;
  const known = expected !== 0 && isIP(source) === expected && isIP(target) === expected;
  if (!known || ports.length !== 2 || !ports.every(isPort)) {
    return { kind: "bad", reason: "the PROXY header of version 1 does not name a family, two addresses and two ports" };
  }
  return { kind: "done", bytes: end + 2, address: plainAddress(source) };
}

function isPort(text: string): boolean {
  return /^[0-9]{1,5}$/.test(text) && Number(text) <= 65_535;
}

function readV2(bytes: Buffer): ProxyHeader {
  if (bytes.length < V2_FIXED) return MORE;
  const version = bytes[12]! >> 4;
  const command = bytes[12]! & 0x0f;
  const family = bytes[13]! >> 4;
  const length = (bytes[14]! << 8) | bytes[15]!;
  if (version !== 2 || command > 1) {
    return {
      kind: "bad",
      reason: `a PROXY header of version ${version} with command ${command}; 2 with 0 or 1 are known`,
    };
  }
  if (length > LONGEST_V2) {
    return { kind: "bad", reason: `a PROXY header with ${length} bytes of addresses; at most ${LONGEST_V2} are taken` };
  }
  if (bytes.length < V2_FIXED + length) return MORE;
  const done = (address: string | null): ProxyHeader => ({ kind: "done", bytes: V2_FIXED + length, address });
  if (command === 0 || family === 0 || family === 3) return done(null);
  if (family === 1 && length >= 12) return done([...bytes.subarray(V2_FIXED, V2_FIXED + 4)].join("."));
  if (family === 2 && length >= 36) {
    return done(plainAddress(ipv6Text(bytes.subarray(V2_FIXED, V2_FIXED + 16))));
  }
  return { kind: "bad", reason: `a PROXY header of family ${family} with ${length} bytes of addresses` };
}

/** All eight groups: `plainAddress` makes them short. */
function ipv6Text(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
}
