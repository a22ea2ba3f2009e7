/** Random schemas: whatever a message is made of, its codec and protobufjs agree. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SCALARS } from "./every-scalar.js";
import { liveMessages, protoFilesOf } from "./live-module.js";
import { Oracle } from "./oracle.js";

const TYPES = [...SCALARS, "A", "B", "C", "Kind"];
const KEYS = SCALARS.filter((scalar) => !["double", "float", "bytes"].includes(scalar));

/** A field's line without name and number. */
const field = fc.oneof(
  fc.constantFrom(...TYPES),
  fc.constantFrom(...TYPES).map((type) => `optional ${type}`),
  fc.constantFrom(...TYPES).map((type) => `repeated ${type}`),
  fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...TYPES)).map(([key, value]) => `map<${key}, ${value}>`),
);

const message = fc.record({
  fields: fc.array(field, { maxLength: 7 }),
  members: fc.array(fc.constantFrom(...TYPES), { maxLength: 3 }),
  numbers: fc.uniqueArray(
    fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 18_999 }), fc.constant(2 ** 29 - 1)),
    {
      minLength: 10,
      maxLength: 10,
    },
  ),
});

function sourceOf(messages: Record<string, { fields: string[]; members: string[]; numbers: number[] }>): string {
  const texts = Object.entries(messages).map(([name, { fields, members, numbers }]) => {
    const lines = fields.map((type, index) => `  ${type} f${index} = ${numbers[index]};`);
    const choice = members.map((type, index) => `    ${type} m${index} = ${numbers[fields.length + index]};`);
    const oneof = choice.length === 0 ? [] : ["  oneof choice {", ...choice, "  }"];
    return [`message ${name} {`, ...lines, ...oneof, "}"].join("\n");
  });
  return `syntax = "proto3";\npackage random;\nenum Kind { ZERO = 0; ONE = 1; FAR = 2147483647; BACK = -7; }\n${texts.join("\n")}\n`;
}

describe("messages of random schemas", () => {
  it("are written and read as by protobufjs", async () => {
    await fc.assert(
      fc.asyncProperty(fc.record({ A: message, B: message, C: message }), fc.integer(), async (messages, seed) => {
        const source = sourceOf(messages);
        const files = protoFilesOf({ random: source });
        const oracle = new Oracle(files, [source]);
        const live = await liveMessages(files);
        for (const name of ["A", "B", "C"]) {
          for (const value of fc.sample(oracle.values(`random.${name}`, 2), { numRuns: 12, seed })) {
            const slab = live.newSlab(16);
            live.codec(name).encode(value, slab);
            expect(oracle.decode(`random.${name}`, slab.bytes.slice(0, slab.length))).toEqual(value);
            const bytes = oracle.encode(`random.${name}`, value);
            const given = live.newSlab(bytes.length + 1);
            given.bytes.set(bytes);
            expect(live.codec(name).decode(given, 0, bytes.length)).toEqual(value);
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});
