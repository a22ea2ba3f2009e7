/** A `.proto` that has every scalar in every place a field can be in, nested, recursive and enumerated types. */
export const SCALARS = [
  "double",
  "float",
  "int32",
  "int64",
  "uint32",
  "uint64",
  "sint32",
  "sint64",
  "fixed32",
  "fixed64",
  "sfixed32",
  "sfixed64",
  "bool",
  "string",
  "bytes",
] as const;

const WIDE = SCALARS.filter((scalar) => scalar.endsWith("64"));
const PACKABLE = [...SCALARS.filter((scalar) => scalar !== "string" && scalar !== "bytes"), "Color"];
const KEYS = SCALARS.filter((scalar) => !["double", "float", "bytes"].includes(scalar));
const VALUES = [...SCALARS, "Color", "Part"];

/** A message of fields that lines make, numbered from `first`. */
function message(name: string, lines: readonly string[], first = 1): string {
  return `message ${name} {\n${lines.map((line, index) => `  ${line.replace("#", String(first + index))}\n`).join("")}}\n`;
}

export const EVERY_SCALAR = `syntax = "proto3";
package test;

enum Color { NONE = 0; RED = 1; GREEN = 2; NEGATIVE = -1; }

message Part { string name = 1; int32 count = 2; repeated uint32 tags = 3; }

${message(
  "Plain",
  [...SCALARS, "Color"].map((type) => `${type} f_${type} = #;`),
)}
${message(
  "Optional",
  VALUES.map((type) => `optional ${type} f_${type} = #;`),
  10,
)}
${message(
  "Repeated",
  VALUES.map((type) => `repeated ${type} f_${type} = #;`),
  2040,
)}
${message(
  "Unpacked",
  PACKABLE.map((type) => `repeated ${type} f_${type} = # [packed = false];`),
)}
${message(
  "ByKey",
  KEYS.map((type) => `map<${type}, string> f_${type} = #;`),
)}
${message(
  "ByValue",
  VALUES.map((type) => `map<string, ${type}> f_${type} = #;`),
)}
message Choice {
  int32 before = 1;
  oneof one {
${VALUES.map((type, index) => `    ${type} f_${type} = ${index + 3};\n`).join("")}  }
  oneof other { string text = 100; Choice deeper = 101; }
  int32 after = 536870911;
}
${message(
  "Numbers",
  ["JS_NUMBER", "JS_STRING"].flatMap((form) =>
    WIDE.flatMap((type) => [
      `${type} ${form.toLowerCase()}_${type} = # [jstype = ${form}];`,
      `optional ${type} o_${form.toLowerCase()}_${type} = # [jstype = ${form}];`,
      `repeated ${type} r_${form.toLowerCase()}_${type} = # [jstype = ${form}];`,
    ]),
  ),
)}
message Outer {
  message Inner { message Innermost { bytes data = 1; } Innermost most = 1; repeated Innermost more = 2; }
  Inner inner = 1;
  string between = 2;
  repeated Inner inners = 3;
  Part part = 4;
  string last = 5;
}
message Tree { string value = 1; Tree left = 2; Tree right = 3; repeated Tree others = 4; map<string, Tree> named = 5; }
message Circle { Arc arc = 1; }
message Arc { Circle circle = 1; Leaf leaf = 2; }
message Leaf { Part part = 1; }
message Holder { Tree tree = 1; }
message Nothing {}
message Names {
  string at = 1; string bytes = 2; string slab = 3; string end = 4; string message = 5; string tag = 6; string depth = 7;
  string into = 8; string constructor = 9; string default = 10; string class = 11; string cursor = 12; string readText = 13;
  string writeNames = 14; int32 value = 15; repeated int32 start = 16; map<string, string> entry = 17; string prototype = 18;
  string to_string = 19; string arguments = 20; oneof case { string index = 21; } string readPart = 22; Part part = 23; string Map = 24;
}
`;
export const MESSAGES = [
  "Plain",
  "Optional",
  "Repeated",
  "Unpacked",
  "ByKey",
  "ByValue",
  "Choice",
  "Numbers",
  "Outer",
  "Tree",
  "Circle",
  "Holder",
  "Nothing",
  "Names",
];
