/** The files that every protobuf compiler brings along, as they are declared there; those about descriptors come from protobufjs. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const declared: Readonly<Record<string, string>> = {
  any: `
// A message of any type, with its name.
message Any {
  // Ends in a slash and the message's full name: \`type.googleapis.com/chat.Line\`.
  string type_url = 1;
  // The message's bytes.
  bytes value = 2;
}`,
  duration: `
// A span of time. Both parts have the same sign.
message Duration {
  // From -315576000000 to 315576000000: ten thousand years.
  int64 seconds = 1;
  // From -999999999 to 999999999.
  int32 nanos = 2;
}`,
  empty: `
// Nothing.
message Empty {}`,
  field_mask: `
// Names of fields, of nested ones with dots between.
message FieldMask {
  // As in the \`.proto\` file: \`user.display_name\`.
  repeated string paths = 1;
}`,
  struct: `
// An object of JSON.
message Struct {
  map<string, Value> fields = 1;
}

// Anything JSON can say.
message Value {
  oneof kind {
    NullValue null_value = 1;
    // Neither NaN nor infinite where it is written as JSON.
    double number_value = 2;
    string string_value = 3;
    bool bool_value = 4;
    Struct struct_value = 5;
    ListValue list_value = 6;
  }
}

// JSON's null.
enum NullValue {
  NULL_VALUE = 0;
}

// An array of JSON.
message ListValue {
  repeated Value values = 1;
}`,
  timestamp: `
// A point in time, in UTC.
message Timestamp {
  // Since 1970; from the year 1 to the end of the year 9999.
  int64 seconds = 1;
  // From 0 to 999999999; they count forward, also before 1970.
  int32 nanos = 2;
}`,
  wrappers: ["double", "float", "int64", "uint64", "int32", "uint32", "bool", "string", "bytes"]
    .map((scalar) => {
      const name = scalar.replace(/^u?./, (letters) => letters.toUpperCase());
      return `\n// A ${scalar} that may be absent.\nmessage ${name}Value {\n  ${scalar} value = 1;\n}`;
    })
    .join("\n"),
};

/** Read when a schema imports one: who writes options imports the first of them. */
const FROM_PROTOBUFJS = ["descriptor", "api", "source_context", "type", "compiler/plugin"];

const path = (name: string) => `google/protobuf/${name}.proto`;

export const WELL_KNOWN: ReadonlySet<string> = new Set([...Object.keys(declared), ...FROM_PROTOBUFJS].map(path));

/** The text of a file in `WELL_KNOWN`. */
export function wellKnownText(file: string): string {
  for (const [name, text] of Object.entries(declared)) {
    if (path(name) === file) return `syntax = "proto3";\npackage google.protobuf;\n${text}\n`;
  }
  return readFileSync(createRequire(import.meta.url).resolve(`protobufjs/${file}`), "utf8");
}

/** The well-known file that declares a type: `google.protobuf.Timestamp`. */
export function wellKnownHome(type: string): string | undefined {
  const [, name] = /^\.?google\.protobuf\.(\w+)$/.exec(type) ?? [];
  if (name === undefined) return undefined;
  const [file] = Object.entries(declared).find(([, text]) => new RegExp(`(message|enum) ${name} `).test(text)) ?? [];
  return file === undefined ? undefined : path(file);
}
