/** Random values of the messages whose JSON is not an object of their fields: only those that JSON can say. */
import fc from "fast-check";

type Special = (depth: number) => fc.Arbitrary<unknown>;

const nanos = fc.oneof(
  fc.constantFrom(0, 1_000_000, 500_000_000, 123_000, 1),
  fc.integer({ min: 0, max: 999_999_999 }),
);

const timestamp = fc.record({ seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }), nanos });

const duration = fc
  .record({ seconds: fc.bigInt({ min: 0n, max: 315_575_999_999n }), nanos, negative: fc.boolean() })
  .map(({ seconds, nanos, negative }) =>
    negative ? { seconds: -seconds, nanos: nanos === 0 ? 0 : -nanos } : { seconds, nanos },
  );

const name = fc.stringMatching(/^[a-z][a-z0-9]{0,4}(_[a-z][a-z0-9]{0,3}){0,2}$/);
const mask = fc.record({
  paths: fc.array(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(".")),
    { maxLength: 4 },
  ),
});

function value(depth: number): fc.Arbitrary<unknown> {
  const leaves: fc.Arbitrary<unknown>[] = [
    fc.constant({ case: "nullValue", value: 0 }),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => ({ case: "numberValue", value })),
    fc.string({ unit: "grapheme" }).map((value) => ({ case: "stringValue", value })),
    fc.boolean().map((value) => ({ case: "boolValue", value })),
  ];
  if (depth > 0) {
    leaves.push(struct(depth - 1).map((value) => ({ case: "structValue", value })));
    leaves.push(list(depth - 1).map((value) => ({ case: "listValue", value })));
  }
  return fc.oneof(...leaves).map((kind) => ({ kind }));
}

function struct(depth: number): fc.Arbitrary<unknown> {
  const entry = fc.tuple(
    fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("__proto__", "", "a")),
    value(Math.max(0, depth)),
  );
  return fc.array(entry, { maxLength: 3 }).map((entries) => ({ fields: new Map(entries) }));
}

function list(depth: number): fc.Arbitrary<unknown> {
  return fc.array(value(Math.max(0, depth)), { maxLength: 3 }).map((values) => ({ values }));
}

/** By full name. `any` makes the Any. */
export function wellKnownValues(any: Special): ReadonlyMap<string, Special> {
  return new Map<string, Special>([
    ["google.protobuf.Timestamp", () => timestamp],
    ["google.protobuf.Duration", () => duration],
    ["google.protobuf.FieldMask", () => mask],
    ["google.protobuf.Value", value],
    ["google.protobuf.Struct", struct],
    ["google.protobuf.ListValue", list],
    ["google.protobuf.Any", any],
    ["google.protobuf.NullValue", () => fc.constant(0)],
  ]);
}
