/** How one value of each kind is written as JSON and read from it in TypeScript. */
import type { ValuePlan } from "../../plan/index.js";
import type { JsonModule } from "./json-module.js";
import { isWide } from "./values.js";

/** The expression of a checked value's JSON, inside a template: `${...}`, or with quotes around it. */
export function templateOf(module: JsonModule, value: ValuePlan, name: string, depth: string): string {
  if (isWide(value)) return `"\${${name}}"`;
  switch (value.kind) {
    case "string":
      return `\${${module.wire("quote")}(${name})}`;
    case "bytes":
      return `\${${module.wire("quoteBytes")}(${name})}`;
    case "float":
      return `\${${module.wire("floatText")}(${name})}`;
    case "double":
      return `\${${module.wire("doubleText")}(${name})}`;
    case "enum":
      return value.fullName === NULL_VALUE ? "null" : `\${${module.jsonEnum(value.fullName!, "write")}(${name})}`;
    case "message":
      return `\${${module.json(value.fullName!, "write")}(${name}${depthFor(module, value, depth)})}`;
    default:
      return `\${${name}}`;
  }
}

const NULL_VALUE = "google.protobuf.NullValue";

/** Whether null is a value of this kind, and not the absence of one. */
export function takesNull({ fullName }: ValuePlan): boolean {
  return fullName === NULL_VALUE || fullName === "google.protobuf.Value";
}

/** The last argument of a call, for messages that count how deep they are. */
function depthFor(module: JsonModule, value: ValuePlan, depth: string): string {
  return module.plan(value.fullName!).recursive ? `, ${depth}` : "";
}

const READERS: Readonly<Record<string, string>> = {
  string: "readText",
  bytes: "readBytes",
  bool: "readBool",
  float: "readFloat",
  double: "readDouble",
  int32: "readInt32",
  sint32: "readInt32",
  sfixed32: "readInt32",
  uint32: "readUint32",
  fixed32: "readUint32",
  int64: "readInt64",
  sint64: "readInt64",
  sfixed64: "readInt64",
  uint64: "readUint64",
  fixed64: "readUint64",
};

/** The expression that reads a value. `path` is what errors call it. */
export function readExpression(module: JsonModule, value: ValuePlan, path: string, depth: string): string {
  const field = JSON.stringify(path);
  if (value.kind === "message") return `${module.json(value.fullName!, "read")}(json${depthFor(module, value, depth)})`;
  if (value.kind === "enum") {
    const numbers = module.jsonEnum(value.fullName!, "numbers");
    const read = `json.readEnum(${field}, ${numbers})`;
    if (value.fullName === NULL_VALUE) return `json.readNull() ? 0 : ${read}`;
    return value.closed ? `json.known(${field}, ${read}, ${module.guardName(value.fullName!)})` : read;
  }
  const read = `json.${READERS[value.kind]}(${field})`;
  if (!isWide(value) || value.appearsAs === "bigint") return read;
  return value.appearsAs === "string" ? `String(${read})` : `json.readSafe(${field}, ${read})`;
}

const BOUNDS: Readonly<Record<string, readonly [string, string]>> = {
  int32: ["-2147483648n", "2147483647n"],
  uint32: ["0n", "4294967295n"],
  int64: ["-9223372036854775808n", "9223372036854775807n"],
  uint64: ["0n", "18446744073709551615n"],
};

/** The expression that makes a map's key of the text `entry`. */
export function keyExpression(module: JsonModule, key: ValuePlan, path: string): string {
  if (key.kind === "string") return "entry";
  const field = JSON.stringify(path);
  if (key.kind === "bool") return `${module.wire("boolKey")}(entry, ${field})`;
  const unsigned = READERS[key.kind]!.includes("Uint");
  const kind = `${unsigned ? "u" : ""}int${isWide(key) ? "64" : "32"}`;
  const [least, most] = BOUNDS[kind]!;
  const whole = `${module.wire("wholeKey")}(entry, ${least}, ${most}, ${field})`;
  if (!isWide(key)) return `Number(${whole})`;
  if (key.appearsAs === "bigint") return whole;
  return key.appearsAs === "string" ? `String(${whole})` : `json.readSafe(${field}, ${whole})`;
}

/** The JSON of a map's key, inside a template. */
export function keyTemplate(module: JsonModule, key: ValuePlan): string {
  return key.kind === "string" ? `\${${module.wire("quote")}(key)}` : `"\${key}"`;
}
