/** Random layouts that the rules allow, and random values for their fields. */
import fc from "fast-check";
import type { ChecksumAlgorithm, Condition, FieldType, Layout, LayoutField, Role } from "../../../generator/model.js";

const position = { file: "schema/protocol.ts", line: 1, column: 1 };

interface Sketch {
  readonly type: FieldType;
  readonly role?: Role;
}

/** What may stand in front of a length, or anywhere. */
const fixed: fc.Arbitrary<readonly Sketch[]> = fc.oneof(
  {
    weight: 6,
    arbitrary: one(fc.record({ kind: fc.constant("integer" as const), signed: fc.boolean(), bits: bits() })),
  },
  one(fc.record({ kind: fc.constant("float" as const), bits: fc.constantFrom(32 as const, 64 as const) })),
  one(fc.record({ kind: fc.constant("bytes" as const), size: fc.integer({ min: 1, max: 60 }) })),
  one(fc.record({ kind: fc.constant("reserved" as const), size: fc.integer({ min: 1, max: 9 }) })),
  one(
    fc.record({
      kind: fc.constant("text" as const),
      size: fc.integer({ min: 1, max: 20 }),
      pad: fc.constantFrom(0, 0x20),
    }),
  ),
  one(fc.constant({ kind: "char" as const })),
  one(
    fc.constantFrom(8 as const, 16 as const, 24 as const, 32 as const).chain((width) =>
      fc.record({
        kind: fc.constant("constant" as const),
        bits: fc.constant(width),
        value: fc.integer({ min: 0, max: 2 ** width - 1 }),
        onRead: fc.constantFrom("check" as const, "ignore" as const),
      }),
    ),
  ),
  { weight: 3, arbitrary: bitGroup() },
);

const DELIMITERS = ["/", ";", "::", "\r\n", "|"];

const measured: fc.Arbitrary<readonly Sketch[]> = fc.oneof(
  one(
    fc.record({
      kind: fc.constant("prefixedText" as const),
      prefix: fc.constantFrom(8 as const, 16 as const, 32 as const),
    }),
  ),
  one(fc.record({ kind: fc.constant("prefixedBytes" as const), prefix: fc.constantFrom(8 as const, 16 as const) })),
  one(fc.constant({ kind: "varint" as const, bits: 32 as const })),
  one(fc.record({ kind: fc.constant("decimal" as const), delimiter: fc.constantFrom(...DELIMITERS) })),
  one(
    fc.record({
      kind: fc.constant("until" as const),
      delimiter: fc.constantFrom(...DELIMITERS),
      most: fc.integer({ min: 1, max: 40 }),
    }),
  ),
);

/** What a layout is made of whose frames are ended by a delimiter. */
const textual: fc.Arbitrary<readonly Sketch[]> = fc.oneof(
  one(fc.constant({ kind: "char" as const })),
  one(fc.record({ kind: fc.constant("text" as const), size: fc.integer({ min: 1, max: 9 }), pad: fc.constant(0x20) })),
  one(fc.record({ kind: fc.constant("decimal" as const), delimiter: fc.constantFrom(...DELIMITERS) })),
  one(
    fc.record({
      kind: fc.constant("until" as const),
      delimiter: fc.constantFrom(...DELIMITERS),
      most: fc.constant(30),
    }),
  ),
);

function bits() {
  return fc.constantFrom(8 as const, 16 as const, 24 as const, 32 as const, 64 as const);
}

function one(type: fc.Arbitrary<FieldType>): fc.Arbitrary<readonly Sketch[]> {
  return type.map((each) => [{ type: each }]);
}

type BitsType = Extract<FieldType, { kind: "bits" }>;

function bitGroup(): fc.Arbitrary<readonly Sketch[]> {
  return fc
    .tuple(
      fc.constantFrom(8, 16, 24, 32),
      fc.array(fc.integer({ min: 1, max: 31 }), { maxLength: 6 }),
      fc.array(fc.nat(5), { minLength: 7, maxLength: 7 }),
      fc.boolean(),
    )
    .map(([size, cuts, kinds, upwards]) => {
      const edges = [...new Set([0, ...cuts.filter((cut) => cut < size), size])].sort((a, b) => a - b);
      const members = edges.slice(1).map((edge, index): BitsType => {
        const shift = edges[index]!;
        const width = edge - shift;
        const constant = { constant: 2 ** width - 1, onRead: "check" as const };
        const holds = kinds[index] === 0 ? "reserved" : kinds[index] === 1 ? constant : "value";
        return { kind: "bits", bits: width, shift, holds, group: { name: "", bits: size, first: false, last: false } };
      });
      if (!upwards) members.reverse();
      return members.map((type, index) => {
        const group = { ...type.group, first: index === 0, last: index === members.length - 1 };
        return { type: { ...type, group } };
      });
    });
}

const SIMPLE = [
  "sequence",
  "messageId",
  "service",
  "serverType",
  "compressed",
  "errorCode",
  "flags",
  "version",
] as const;

/** Gives some fields roles that their forms can have, each once. */
function withRoles(sketches: readonly (readonly Sketch[])[], picks: readonly number[]): Sketch[][] {
  const free = new Set<string>([...SIMPLE, "timestamp", "route"]);
  let turn = 0;
  return sketches.map((group) =>
    group.map((sketch) => {
      const pick = picks[turn++ % picks.length]!;
      if (pick > 5) return sketch;
      const role = [...SIMPLE, "timestamp" as const, "route" as const].find(
        (name) => free.has(name) && pick % 2 === 0 && fits(sketch.type, name),
      );
      if (role === undefined) return sketch;
      free.delete(role);
      return { type: sketch.type, role: { kind: role } };
    }),
  );
}

function fits(type: FieldType, role: (typeof SIMPLE)[number] | "timestamp" | "route"): boolean {
  if (role === "timestamp") return type.kind === "integer" && type.bits === 64;
  if (role === "route") return ["text", "until", "prefixedText"].includes(type.kind);
  if (type.kind === "bits") return type.holds === "value" && role !== "sequence" && role !== "errorCode";
  if (type.kind === "varint" || type.kind === "decimal") return role !== "service";
  return type.kind === "integer" && !type.signed && type.bits <= 32 && type.bits >= (role === "errorCode" ? 16 : 8);
}

interface Parts {
  readonly framing: "length" | "delimiter" | "transport";
  readonly before: readonly (readonly Sketch[])[];
  readonly behind: readonly (readonly Sketch[])[];
  readonly counts: "frame" | "rest" | "body";
  readonly lengthBits: 16 | 24 | 32;
  readonly offset: number;
  readonly checksum: { algorithm: ChecksumAlgorithm; over: "body" | "rest" | "header" | "frame"; pad: number } | null;
  readonly start: string;
  readonly end: string;
  readonly little: readonly boolean[];
  readonly picks: readonly number[];
  readonly conditions: readonly number[];
}

const parts: fc.Arbitrary<Parts> = fc
  .constantFrom("length" as const, "length" as const, "length" as const, "delimiter" as const, "transport" as const)
  .chain((framing) => {
    const any = framing === "delimiter" ? textual : fc.oneof({ weight: 2, arbitrary: fixed }, measured);
    return fc.constantFrom("frame" as const, "rest" as const, "body" as const).chain((counts) =>
      fc.record({
        framing: fc.constant(framing),
        before: fc.array(framing === "delimiter" ? textual : fixed, { maxLength: 4 }),
        behind: fc.array(framing === "length" && counts === "body" ? fixed : any, { maxLength: 7 }),
        counts: fc.constant(counts),
        lengthBits: fc.constantFrom(16 as const, 24 as const, 32 as const),
        offset: fc.integer({ min: 0, max: 5 }),
        checksum:
          framing === "delimiter"
            ? fc.constant(null)
            : fc.option(
                fc.record({
                  algorithm: fc.constantFrom<ChecksumAlgorithm>("crc32", "crc32c", "adler32", "crc16-ccitt"),
                  over: fc.constantFrom("body" as const, "rest" as const, "header" as const, "frame" as const),
                  pad: fc.constantFrom(0, 0, 1, 4, 28),
                }),
              ),
        start: fc.constantFrom("", "", "%", "STX "),
        end:
          framing === "delimiter" ? fc.constantFrom("$", "$0", "$\0", "\0", "##") : fc.constantFrom("", "", "", "$\0"),
        little: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        picks: fc.array(fc.nat(9), { minLength: 7, maxLength: 7 }),
        conditions: fc.array(fc.nat(11), { minLength: 5, maxLength: 5 }),
      }),
    );
  });

export const randomLayout: fc.Arbitrary<Layout> = parts.map((given) => {
  const { framing, before, behind, counts, lengthBits, offset, checksum, start, end, little, picks, conditions } =
    given;
  const groups = withRoles([...before, ...behind], picks);
  const early = groups.slice(0, before.length);
  const late = groups.slice(before.length);
  const length: Sketch = { type: integer(lengthBits), role: { kind: "length", counts, offset } };
  const all = framing === "length" ? [...early, [length], ...late] : [...early, ...late];
  if (checksum !== null) {
    const size = (checksum.algorithm === "crc16-ccitt" ? 2 : 4) + checksum.pad;
    const sum: Sketch = {
      type: checksum.pad === 0 ? integer(size === 2 ? 16 : 32) : { kind: "bytes", size },
      role: { kind: "checksum", algorithm: checksum.algorithm, over: checksum.over },
    };
    all.splice(picks[0]! % (all.length + 1), 0, [sum]);
  }
  const fields: LayoutField[] = [];
  // What may be absent must be counted, and so be behind a length that counts it.
  let mayBeAbsent = framing !== "length";
  for (const [index, group] of all.entries()) {
    const role = group[0]!.role?.kind;
    if (role === "length") mayBeAbsent = counts !== "body";
    const steady = !mayBeAbsent || role === "length" || role === "checksum";
    const when = steady ? [] : conditionsFor(fields, conditions, index);
    for (const { type, role: own } of group) {
      const name = `f${fields.length}`;
      const named: FieldType = type.kind === "bits" ? { ...type, group: { ...type.group, name: `g${index}` } } : type;
      fields.push({
        name,
        property: own?.kind ?? name,
        type: named,
        byteOrder: little[index % little.length] ? "little" : "big",
        role: own ?? null,
        when,
        initial: 0,
        doc: "",
        position,
      });
    }
  }
  return { name: "random", start, end: framing === "transport" ? "" : end, fields, position };
});

function integer(width: 16 | 24 | 32): FieldType {
  return { kind: "integer", signed: false, bits: width };
}

function conditionsFor(fields: readonly LayoutField[], picks: readonly number[], index: number): Condition[] {
  const pick = picks[index % picks.length]!;
  const usable = fields.filter(({ type, role }) => {
    if (role?.kind === "length" || role?.kind === "checksum" || role?.kind === "timestamp") return false;
    if (type.kind === "bits") return type.holds === "value";
    return type.kind === "varint" || (type.kind === "integer" && !type.signed && type.bits <= 32);
  });
  if (pick > 4 || usable.length === 0) return [];
  const chosen = usable[(pick + index) % usable.length]!;
  return [{ field: chosen.name, values: pick % 2 === 0 ? [0] : [0, 1], not: pick > 2 }];
}

// ---- Values

export type Values = Record<string, unknown>;

/** Random values for every property that a layout keeps; what is absent under them is zero or empty. */
export function valuesOf(layout: Layout): fc.Arbitrary<Values> {
  const parts: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of layout.fields) if (isKept(field)) parts[field.name] = valueFor(field, layout);
  return fc.record(parts).map((given) => headerOf(layout, given));
}

function isKept({ type, role }: LayoutField): boolean {
  if (role?.kind === "length" || role?.kind === "checksum") return false;
  if (type.kind === "bits") return type.holds === "value";
  return type.kind !== "constant" && type.kind !== "reserved";
}

function headerOf(layout: Layout, given: Values): Values {
  const values: Values = {};
  const present = new Set<string>();
  for (const field of layout.fields) {
    const { name, property, role, type, when } = field;
    const there = when.every((condition) => {
      return (
        present.has(condition.field) && condition.values.includes(given[condition.field] as number) !== condition.not
      );
    });
    if (there) present.add(name);
    if (!isKept(field)) continue;
    const value = there ? given[name] : emptyOf(type);
    if (role?.kind !== "timestamp") values[property] = value;
    else {
      values[`${property}High`] = Number(BigInt.asUintN(32, (value as bigint) >> 32n));
      values[`${property}Low`] = Number(BigInt.asUintN(32, value as bigint));
    }
  }
  return values;
}

function emptyOf(type: FieldType): unknown {
  if (type.kind === "integer" && type.bits === 64) return 0n;
  if (type.kind === "bytes") return new Uint8Array(type.size);
  if (type.kind === "prefixedBytes") return new Uint8Array(0);
  return type.kind === "text" || type.kind === "until" || type.kind === "prefixedText" ? "" : 0;
}

function valueFor({ type }: LayoutField, { end, fields }: Layout): fc.Arbitrary<unknown> {
  const delimited = end !== "" && !fields.some(({ role }) => role?.kind === "length");
  switch (type.kind) {
    case "integer": {
      if (type.bits === 64)
        return type.signed ? fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) : fc.bigInt(0n, 2n ** 64n - 1n);
      const count = 2 ** type.bits;
      const [min, max] = type.signed ? [-count / 2, count / 2 - 1] : [0, count - 1];
      return fc.oneof(fc.integer({ min, max }), fc.constantFrom(0, 1, min, max));
    }
    case "bits": {
      const max = 2 ** type.bits - 1;
      return fc.oneof(fc.integer({ min: 0, max }), fc.constantFrom(0, 1, max));
    }
    case "float":
      return type.bits === 32 ? fc.float() : fc.double();
    case "varint":
      return fc.oneof(
        fc.integer({ min: 0, max: 2 ** 32 - 1 }),
        fc.constantFrom(0, 1, 127, 128, 16383, 16384, 2 ** 32 - 1),
      );
    case "decimal":
      return fc.oneof(fc.nat(), fc.maxSafeNat(), fc.constantFrom(0, 9, 10, Number.MAX_SAFE_INTEGER));
    case "char":
      return fc.integer({ min: 0x30, max: 0x7a });
    case "bytes":
      return fc.uint8Array({ minLength: type.size, maxLength: type.size }).map((each) => new Uint8Array(each));
    case "prefixedBytes":
      return fc.uint8Array({ maxLength: 60 }).map((each) => new Uint8Array(each));
    case "prefixedText":
      return fc.string({ unit: "grapheme", maxLength: 20 });
    case "until":
      return text(type.most, delimited ? [type.delimiter, end] : [type.delimiter]);
    case "text":
      return text(type.size, delimited ? [String.fromCharCode(type.pad), end] : [String.fromCharCode(type.pad)]);
    default:
      return fc.constant(0);
  }
}

/** Text of so many bytes without any character of the delimiters. */
function text(bytes: number, without: readonly string[]): fc.Arbitrary<string> {
  const unwanted = new Set(without.join(""));
  return fc.string({ unit: "grapheme", maxLength: bytes }).map((given) => {
    let kept = "";
    for (const character of given) {
      if (unwanted.has(character) || new TextEncoder().encode(kept + character).length > bytes) continue;
      kept += character;
    }
    return kept;
  });
}

/** Bodies that the layout's frames can have. */
export function bodyOf({ end, fields }: Layout): fc.Arbitrary<Uint8Array> {
  const delimited = end !== "" && !fields.some(({ role }) => role?.kind === "length");
  const first = new TextEncoder().encode(end);
  return fc.uint8Array({ maxLength: 120 }).map((given) => {
    return new Uint8Array(delimited ? given.filter((byte) => !first.includes(byte)) : given);
  });
}
