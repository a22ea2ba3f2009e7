/** JSON that is more or less one. */
import type { Chance } from "./chance.js";

const VALUES = [
  ...[
    "0",
    "-0",
    "1",
    "-1",
    "1.5",
    "1e3",
    "1e-3",
    "2147483648",
    "9223372036854775808",
    "18446744073709551616",
    "1e400",
    "-1e-400",
  ],
  ...["01", "+1", ".5", "1.", "1e", "0x1", "NaN", "Infinity", "-Infinity", "true", "false", "null", "nul", "undefined"],
  ...[
    '""',
    '"a"',
    '"NaN"',
    '"-Infinity"',
    '"1"',
    '"01"',
    '"1e2"',
    '"AA=="',
    '"-_"',
    '"a b"',
    '"\\u0000"',
    '"\\ud834\\udd1e"',
  ],
  ...[
    '"\\ud834"',
    '"\\x"',
    '"\n"',
    '"é語𝄞"',
    '"RED"',
    '"NULL_VALUE"',
    '"1970-01-01T00:00:00Z"',
    '"2024-02-30T00:00:00Z"',
    '"1.5s"',
  ],
  ...[
    '"a.b,cD"',
    '"x/test.Part"',
    '"x/google.protobuf.Any"',
    "{}",
    "[]",
    "[1]",
    '{"a":1}',
    '{"@type":"x/test.Part","name":"a"}',
  ],
];

const KEYS = [
  ...[
    "name",
    "count",
    "tags",
    "fString",
    "fInt32",
    "f_int64",
    "value",
    "left",
    "@type",
    "case",
    "__proto__",
    "constructor",
    "",
  ],
  ...[
    "optionalInt32",
    "repeatedInt64",
    "mapStringString",
    "optionalTimestamp",
    "optionalAny",
    "optionalStruct",
    "number",
    "kind",
  ],
];

const SPACES = ["", "", "", " ", "\n", "\t\r\n "];

export function likeJson(chance: Chance): Buffer {
  if (chance.once(12))
    return Buffer.from(chance.pick(["[", "{", '{"a":', '[{"a":', '"', "[[1],"]).repeat(chance.below(400)));
  return Buffer.from(value(chance, 4));
}

function value(chance: Chance, depth: number): string {
  const space = () => chance.pick(SPACES);
  if (depth === 0 || chance.once(3)) return space() + chance.pick(VALUES) + space();
  const parts = Array.from({ length: chance.below(5) }, () =>
    chance.once(4)
      ? value(chance, depth - 1)
      : `${space()}"${chance.pick(KEYS)}"${space()}:${value(chance, depth - 1)}`,
  );
  const joined = parts.join(chance.once(20) ? ";" : ",");
  return chance.once(5) ? `[${joined}]` : `{${joined}}`;
}

/** Puts another value or key in the place of one, or twice what was there once. */
export function changedJson(chance: Chance, input: Buffer): Buffer {
  const text = input.toString("latin1");
  const marks = [...text.matchAll(/"[^"]{0,40}"|-?\d[\d.eE+-]*|true|false|null|[[\]{},:]/g)];
  if (marks.length === 0) return input;
  const mark = chance.pick(marks);
  const before = text.slice(0, mark.index);
  const after = text.slice(mark.index + mark[0].length);
  const choices = [chance.pick(VALUES), `"${chance.pick(KEYS)}"`, mark[0] + mark[0], "", chance.pick(marks)[0]];
  return Buffer.from(before + chance.pick(choices) + after, "latin1");
}
