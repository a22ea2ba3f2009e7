import fc from "fast-check";
import { expect, it } from "vitest";
import { Slab } from "../../wire/slab.js";

it("appends parts of other slabs, of any length and from anywhere, whether or not it must grow", () => {
  const source = new Slab(1024);
  for (let at = 0; at < 1024; at++) source.bytes[at] = (at * 7 + 3) & 0xff;
  const part = fc.tuple(fc.nat(300), fc.nat(200));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
      const slab = new Slab(16);
      const expected: number[] = [];
      for (const [start, size] of parts) {
        slab.append(source, start, start + size);
        expected.push(...source.bytes.subarray(start, start + size));
      }
      expect(slab.length).toBe(expected.length);
      expect([...slab.bytes.subarray(0, slab.length)]).toEqual(expected);
      expect(slab.view.byteLength).toBe(slab.bytes.length);
      expect(slab.buffer).toBe(slab.bytes.buffer);
    }),
  );
});

it("starts at the beginning of memory of its own", () => {
  const slabs = [new Slab(8), new Slab(8)];
  slabs[0]!.reserve(100);
  for (const { bytes } of slabs) expect(bytes.byteOffset).toBe(0);
  expect(slabs[0]!.buffer).not.toBe(slabs[1]!.buffer);
});
