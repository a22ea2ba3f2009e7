/** protobuf's own rules: which types may take each other's place. */
import { describe, expect, it } from "vitest";
import { findBreaks } from "../../../generator/breaks.js";
import { wireGroup } from "../../../generator/compatibility/message-parts.js";
import { SMALL_PROTO, smallProject } from "../load/small-schema.js";
import { loadSchema } from "./fixture.js";

/** https://protobuf.dev/programming-guides/proto3/#updating */
const GROUPS = [
  ["int32", "uint32", "int64", "uint64", "bool", "Mood"],
  ["sint32", "sint64"],
  ["string", "bytes"],
  ["fixed32", "sfixed32"],
  ["fixed64", "sfixed64"],
  ["float"],
  ["double"],
  ["Person"],
  ["Nothing"],
];

const TYPES = GROUPS.flat();

/** One message with a field of every type that has all types in turn: field `n` of the k-th schema is of type n + k. */
function proto(shift: number): string {
  const fields = TYPES.map((_, index) => `  ${TYPES[(index + shift) % TYPES.length]} f${index} = ${index + 1};\n`);
  return `${SMALL_PROTO.replace("  string text = 1;\n", fields.join(""))}
enum Mood { CALM = 0; }
message Person { string name = 1; }
`;
}

describe("types", () => {
  it("take each other's place where their bytes are the same, and nowhere else", async () => {
    const previous = await loadSchema(smallProject([], { "schema/chat.proto": proto(0) }));
    for (let shift = 1; shift < TYPES.length; shift++) {
      const current = await loadSchema(smallProject([], { "schema/chat.proto": proto(shift) }));
      const breaks = findBreaks({ ...previous, version: 1 }, current, "wire");
      const expected = TYPES.flatMap((was, index) => {
        const is = TYPES[(index + shift) % TYPES.length]!;
        const same = GROUPS.some((group) => group.includes(was) && group.includes(is));
        return same ? [] : [`field ${index + 1} of chat.Say was ${named(was)}, and is ${named(is)}`];
      });
      expect(breaks.map(({ message }) => message).sort()).toEqual(expected.sort());
    }
  });

  it("called like what every object has are types like others", () => {
    expect(wireGroup("constructor", {})).toBe("constructor");
  });
});

function named(type: string): string {
  return /^[A-Z]/.test(type) ? `chat.${type}` : type;
}
