/** `google.protobuf.Value`, `Struct` and `ListValue`, which in JSON are just JSON, and `FieldMask`, which is a string. */
import { tooDeep } from "./body-read.js";
import { wrongValue } from "./body-write.js";
import { doubleText } from "./json-number.js";
import type { JsonReader } from "./json-reader.js";
import { between, quote } from "./json-text.js";

const VALUE = "google.protobuf.Value";
const STRUCT = "google.protobuf.Struct";
const LIST = "google.protobuf.ListValue";
const MASK = "google.protobuf.FieldMask";

/** As messages are counted: a value, and the list or object it holds, are two of them. */
const DEEPEST_NESTING = 64;

export interface StructMessage {
  fields: Map<string, ValueMessage>;
}

export interface ListMessage {
  values: ValueMessage[];
}

export interface ValueMessage {
  kind:
    | { case: "nullValue"; value: number }
    | { case: "numberValue"; value: number }
    | { case: "stringValue"; value: string }
    | { case: "boolValue"; value: boolean }
    | { case: "structValue"; value: StructMessage }
    | { case: "listValue"; value: ListMessage }
    | { case: undefined; value?: undefined };
}

export function readValue(json: JsonReader, depth: number): ValueMessage {
  if (depth > DEEPEST_NESTING) throw tooDeep();
  switch (json.kind()) {
    case "null":
      json.readNull();
      return { kind: { case: "nullValue", value: 0 } };
    case "string":
      return { kind: { case: "stringValue", value: json.readText(VALUE) } };
    case "object":
      return { kind: { case: "structValue", value: readStruct(json, depth + 1) } };
    case "array":
      return { kind: { case: "listValue", value: readList(json, depth + 1) } };
    default:
      return { kind: readBoolOrNumber(json) };
  }
}

function readBoolOrNumber(json: JsonReader): ValueMessage["kind"] {
  if (json.isNumber()) return { case: "numberValue", value: json.readDouble(VALUE) };
  return { case: "boolValue", value: json.readBool(VALUE) };
}

export function readStruct(json: JsonReader, depth: number): StructMessage {
  if (depth > DEEPEST_NESTING) throw tooDeep();
  const fields = new Map<string, ValueMessage>();
  for (let key = json.openObject(STRUCT); key !== null; key = json.nextKey()) {
    if (fields.has(key)) throw json.twice(key);
    fields.set(key, readValue(json, depth + 1));
  }
  return { fields };
}

export function readList(json: JsonReader, depth: number): ListMessage {
  if (depth > DEEPEST_NESTING) throw tooDeep();
  const values: ValueMessage[] = [];
  for (let more = json.openArray(LIST); more; more = json.nextElement()) values.push(readValue(json, depth + 1));
  return { values };
}

export function writeValue(message: ValueMessage, depth: number): string {
  if (depth > DEEPEST_NESTING) throw wrongValue(VALUE, `messages nested at most ${DEEPEST_NESTING} deep`, message);
  const { kind } = checked(message, VALUE);
  const value: unknown = kind?.value;
  switch (kind?.case) {
    case "nullValue":
      return "null";
    case "numberValue":
      if (!Number.isFinite(kind.value)) throw wrongValue(`${VALUE}.numberValue`, "a finite number", kind.value);
      return doubleText(kind.value);
    case "stringValue":
      if (typeof value === "string") return quote(value);
      throw wrongValue(`${VALUE}.stringValue`, "a string", value);
    case "boolValue":
      if (typeof value === "boolean") return String(value);
      throw wrongValue(`${VALUE}.boolValue`, "a boolean", value);
    case "structValue":
      return writeStruct(kind.value, depth + 1);
    case "listValue":
      return writeList(kind.value, depth + 1);
    default:
      throw wrongValue(`${VALUE}.kind`, "one of its members: JSON has nothing else", kind?.case);
  }
}

export function writeStruct(message: StructMessage, depth: number): string {
  const { fields } = checked(message, STRUCT);
  if (fields === undefined || fields === null) return "{}";
  if (!(fields instanceof Map)) throw wrongValue(`${STRUCT}.fields`, "a Map", fields);
  let parts = "";
  for (const [key, value] of fields) {
    if (typeof key !== "string") throw wrongValue(`${STRUCT}.fields`, "a string", key);
    parts += `,${quote(key)}:${writeValue(value, depth + 1)}`;
  }
  return between("{", parts, "}");
}

export function writeList(message: ListMessage, depth: number): string {
  const { values } = checked(message, LIST);
  if (values === undefined || values === null) return "[]";
  if (!Array.isArray(values)) throw wrongValue(`${LIST}.values`, "an array", values);
  let parts = "";
  for (const value of values) parts += `,${writeValue(value, depth + 1)}`;
  return between("[", parts, "]");
}

// ---- Field masks

export interface MaskMessage {
  paths: string[];
}

const PATH = /^[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z][A-Za-z0-9]*)*$/;

export function readFieldMask(json: JsonReader): MaskMessage {
  const text = json.readText(MASK);
  const paths = text === "" ? [] : text.split(",");
  if (!paths.every((path) => PATH.test(path))) throw json.expected(MASK, "names of fields in lowerCamelCase");
  return { paths: paths.map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)) };
}

export function writeFieldMask(message: MaskMessage): string {
  const { paths } = checked(message, MASK);
  if (paths === undefined || paths === null) return '""';
  if (!Array.isArray(paths)) throw wrongValue(`${MASK}.paths`, "an array", paths);
  const camel = paths.map((path) => {
    const written = typeof path === "string" ? path.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()) : "";
    // Otherwise somebody would read another path than this one.
    if (!/^[a-z0-9_.]*$/.test(path) || !PATH.test(written)) {
      throw wrongValue(`${MASK}.paths`, "names of fields in snake_case", path);
    }
    return written;
  });
  return quote(camel.join(","));
}

function checked<T>(message: T, name: string): T {
  if (typeof message !== "object" || message === null) throw wrongValue(name, "an object", message);
  return message;
}
