/** The same text where there is no Buffer, as in a browser. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";

const NodeBuffer = globalThis.Buffer;
let wire: typeof import("../../wire/utf8-read.js") &
  typeof import("../../wire/utf8-write.js") &
  typeof import("../../wire/body-text.js") &
  typeof import("../../wire/slab.js") &
  typeof import("../../wire/native-text.js");

beforeAll(async () => {
  vi.resetModules();
  Reflect.deleteProperty(globalThis, "Buffer");
  try {
    wire = {
      ...(await import("../../wire/native-text.js")),
      ...(await import("../../wire/slab.js")),
      ...(await import("../../wire/utf8-read.js")),
      ...(await import("../../wire/utf8-write.js")),
      ...(await import("../../wire/body-text.js")),
    };
  } finally {
    globalThis.Buffer = NodeBuffer;
  }
});

afterAll(() => vi.resetModules());

it("is written and read without Node's methods", () => {
  expect(wire.hasNativeText).toBe(false);
  const texts = [
    "",
    "short",
    "a text that is not short any more",
    "語",
    "語".repeat(40),
    "𝄞 and more of it, with ASCII behind",
    "é".repeat(64),
  ];
  const slab = new wire.Slab(4096);
  expect(slab.bytes.constructor).toBe(Uint8Array);
  for (const text of texts) slab.length = wire.writeText(slab.bytes, slab.length, text);
  wire.beginBody(slab.length);
  let at = 0;
  for (const text of texts) {
    expect(wire.readText(slab, at, slab.length)).toBe(text);
    const size = wire.utf8Size(text);
    at += size + (size < 128 ? 1 : 2);
  }
  expect(at).toBe(slab.length);
});

it("is refused when it is malformed", () => {
  for (const bytes of [[0xff], [0xe4, 0xb8], [...new TextEncoder().encode("not short at all, and then"), 0xc0, 0x80]]) {
    expect(wire.decodeUtf8(Uint8Array.from(bytes), 0, bytes.length)).toBeNull();
  }
});
