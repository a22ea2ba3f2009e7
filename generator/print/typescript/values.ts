/** How one value of each kind is typed, checked, written and read in TypeScript. */
import type { FieldDefault } from "../../model.js";
import type { ValuePlan } from "../../plan/index.js";
import type { MessageModule } from "./message-module.js";

const NUMBERS = new Set(["int32", "uint32", "sint32", "fixed32", "sfixed32", "float", "double"]);
const WIDE = new Set(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);
const UNSIGNED = new Set(["uint32", "fixed32", "uint64", "fixed64"]);

export const isWide = (value: ValuePlan) => WIDE.has(value.kind);
const isUnsigned = (value: ValuePlan) => UNSIGNED.has(value.kind);

export function typeOfValue(module: MessageModule, value: ValuePlan): string {
  if (value.fullName !== null) return module.typeName(value.fullName);
  if (isWide(value)) return value.appearsAs;
  if (NUMBERS.has(value.kind)) return "number";
  return value.kind === "bool" ? "boolean" : value.kind === "bytes" ? "Uint8Array" : "string";
}

export function zeroOf(module: MessageModule, value: ValuePlan): string {
  if (value.kind === "message") return `${module.functionName(value.fullName!, "create")}()`;
  if (isWide(value)) return { bigint: "0n", number: "0", string: '"0"' }[value.appearsAs];
  if (value.kind === "bool") return "false";
  return value.kind === "string" ? '""' : value.kind === "bytes" ? "new Uint8Array(0)" : String(value.zero);
}

/** A declared default. */
export function literalOf(value: ValuePlan, given: FieldDefault): string {
  if (isWide(value)) return value.appearsAs === "string" ? JSON.stringify(given) : `${given}${wideSuffix(value)}`;
  if (value.kind === "bytes") {
    const bytes = Buffer.from(String(given), "hex");
    return bytes.length === 0 ? "new Uint8Array(0)" : `Uint8Array.of(${[...bytes].join(", ")})`;
  }
  if (value.kind === "string") return JSON.stringify(given);
  // As it would be read from the wire.
  if (value.kind === "float") return String(Math.fround(Number(given)));
  return String(given);
}

const wideSuffix = (value: ValuePlan) => (value.appearsAs === "bigint" ? "n" : "");

// ---- Checking

/** The condition under which `name` is not a value of its field. Touches nothing that could throw, whatever the value is. */
export function isWrong(module: MessageModule, value: ValuePlan, name: string): string {
  if (value.closed) return `!${module.guardName(value.fullName!)}(${name})`;
  switch (value.kind) {
    case "string":
      return `typeof ${name} !== "string"`;
    case "bytes":
      return `!(${name} instanceof Uint8Array)`;
    case "bool":
      return `typeof ${name} !== "boolean"`;
    case "float":
    case "double":
      return `typeof ${name} !== "number"`;
    case "message":
      return `typeof ${name} !== "object" || ${name} === null`;
    case "uint32":
    case "fixed32":
      return `typeof ${name} !== "number" || ${name} >>> 0 !== ${name}`;
    case "int32":
    case "sint32":
    case "sfixed32":
    case "enum":
      return `typeof ${name} !== "number" || (${name} | 0) !== ${name}`;
    default:
      if (value.appearsAs === "number") {
        return `!Number.isSafeInteger(${name})${isUnsigned(value) ? ` || ${name} < 0` : ""}`;
      }
      return `typeof ${name} !== "bigint" || BigInt.${isUnsigned(value) ? "asUintN" : "asIntN"}(64, ${name}) !== ${name}`;
  }
}

export function expectationOf(value: ValuePlan): string {
  if (value.closed) return `a value of ${value.fullName}`;
  switch (value.kind) {
    case "string":
      return "a string";
    case "bytes":
      return "a Uint8Array";
    case "bool":
      return "a boolean";
    case "float":
    case "double":
      return "a number";
    case "message":
      return "an object";
    case "uint32":
    case "fixed32":
      return "an integer from 0 to 4294967295";
    case "int32":
    case "sint32":
    case "sfixed32":
    case "enum":
      return "an integer from -2147483648 to 2147483647";
    default: {
      if (value.appearsAs === "number") {
        return isUnsigned(value) ? "an integer from 0 to 2^53 - 1" : "an integer of at most 53 bits";
      }
      return `a bigint of 64 ${isUnsigned(value) ? "unsigned" : "signed"} bits`;
    }
  }
}

/** Whether a value appears in the program as a string and is checked by being converted. */
export const isDecimal = (value: ValuePlan) => isWide(value) && value.appearsAs === "string";

/** The bigint a decimal string stands for, checked. `name` may hold anything. */
export function fromDecimal(module: MessageModule, value: ValuePlan, name: string, path: string): string {
  return `${module.wire(isUnsigned(value) ? "decimalToUint64" : "decimalToInt64")}(${name}, ${path})`;
}

/** The condition under which a field without presence of its own is written. A decimal string is a bigint by then. */
export function isSet(value: ValuePlan, name: string): string {
  if (isWide(value)) return `${name} !== ${value.appearsAs === "number" ? "0" : "0n"}`;
  switch (value.kind) {
    case "string":
      return `${name} !== ""`;
    case "bytes":
      return `${name}.length !== 0`;
    case "bool":
      return name;
    case "float":
    case "double":
      // Minus zero is not the default.
      return `${name} !== 0 || 1 / ${name} < 0`;
    default:
      return `${name} !== 0`;
  }
}

// ---- Writing

/** How many bytes to reserve for a value: a number, and terms that depend on it. Length prefixes included. */
export function boundOf(value: ValuePlan, name: string): { fixed: number; terms: string[]; scaled: string[] } {
  if (value.kind === "string") return { fixed: 5, terms: [], scaled: [`${name}.length`] };
  if (value.kind === "bytes") return { fixed: 5, terms: [`${name}.length`], scaled: [] };
  return { fixed: value.maximum ?? 0, terms: [], scaled: [] };
}

/** The bytes of a tag. */
export function tagBytes(tag: number): number[] {
  const found: number[] = [];
  for (; tag > 127; tag = Math.floor(tag / 128)) found.push((tag % 128) + 128);
  return [...found, tag];
}

export function tagLines(tag: number): string[] {
  return tagBytes(tag).map((byte) => `bytes[at++] = ${byte};`);
}

/** Statements that append a checked value behind `at`. Room is reserved. Not for messages. */
export function writeLines(module: MessageModule, value: ValuePlan, name: string): string[] {
  const fixed = (method: string, size: number) => [`slab.view.${method}(at, ${name}, true);`, `at += ${size};`];
  switch (value.kind) {
    case "string":
      return [`at = ${module.wire("writeText")}(bytes, at, ${name});`];
    case "bytes":
      return [`at = ${module.wire("writeBytes")}(bytes, at, ${name});`];
    case "bool":
      return [`bytes[at++] = ${name} ? 1 : 0;`];
    case "uint32":
      return [`at = ${module.wire("writeVarint32")}(bytes, at, ${name});`];
    case "sint32":
      return [`at = ${module.wire("writeVarint32")}(bytes, at, ((${name} << 1) ^ (${name} >> 31)) >>> 0);`];
    case "int32":
    case "enum":
      return [
        `at = ${name} < 0 ? ${module.wire("writeVarint64")}(bytes, at, ${name}, -1) : ${module.wire("writeVarint32")}(bytes, at, ${name});`,
      ];
    case "fixed32":
      return fixed("setUint32", 4);
    case "sfixed32":
      return fixed("setInt32", 4);
    case "float":
      return fixed("setFloat32", 4);
    case "double":
      return fixed("setFloat64", 8);
    case "message":
      throw new Error("a message is not written as a value");
    default: {
      if (value.appearsAs === "number" && value.wireType === 0 && value.kind !== "sint64") {
        return [`at = ${module.wire("writeSafeInt64")}(bytes, at, ${name});`];
      }
      const cursor = module.wire("cursor");
      const split = `${module.wire(value.appearsAs === "number" ? "numberToCursor" : "bigintToCursor")}(${name});`;
      if (value.wireType === 1) {
        return [
          split,
          `slab.view.setInt32(at, ${cursor}.low, true);`,
          `slab.view.setInt32(at + 4, ${cursor}.high, true);`,
          "at += 8;",
        ];
      }
      const zigzag = value.kind === "sint64" ? [`${module.wire("zigzagCursor")}();`] : [];
      return [split, ...zigzag, `at = ${module.wire("writeVarint64")}(bytes, at, ${cursor}.low, ${cursor}.high);`];
    }
  }
}

// ---- Reading

/** Statements that read a value at `at`, which moves behind it, and hand it to `assign`. `end` bounds it. Not for messages. */
export function readLines(
  module: MessageModule,
  value: ValuePlan,
  assign: (expression: string) => string,
  end = "end",
): string[] {
  const cursor = () => module.wire("cursor");
  const fixed = (expression: string, size: number) => [
    `if (at + ${size} > ${end}) throw ${module.wire("truncated")}();`,
    assign(expression),
    `at += ${size};`,
  ];
  const varint32 = (expression: string) => [
    "let value = bytes[at++]!;",
    "if (value > 127) {",
    `  value = ${module.wire("readVarint32")}(bytes, at - 1, ${end});`,
    `  at = ${cursor()}.at;`,
    "}",
    assign(expression),
  ];
  switch (value.kind) {
    case "string":
      return [assign(`${module.wire("readText")}(slab, at, ${end})`), `at = ${cursor()}.at;`];
    case "bytes":
      return [assign(`${module.wire("readBytes")}(bytes, at, ${end})`), `at = ${cursor()}.at;`];
    case "bool":
      return [
        "let flag = bytes[at++]!;",
        "if (flag > 127) {",
        `  ${module.wire("readVarint64")}(bytes, at - 1, ${end});`,
        `  at = ${cursor()}.at;`,
        `  flag = ${cursor()}.low | ${cursor()}.high;`,
        "}",
        assign("flag !== 0"),
      ];
    case "uint32":
      return varint32("value >>> 0");
    case "sint32":
      return varint32("(value >>> 1) ^ -(value & 1)");
    case "int32":
    case "enum":
      return varint32("value");
    case "fixed32":
      return fixed("slab.view.getUint32(at, true)", 4);
    case "sfixed32":
      return fixed("slab.view.getInt32(at, true)", 4);
    case "float":
      return fixed("slab.view.getFloat32(at, true)", 4);
    case "double":
      return fixed("slab.view.getFloat64(at, true)", 8);
    case "message":
      throw new Error("a message is not read as a value");
    default: {
      if (value.appearsAs === "number" && value.wireType === 0 && value.kind !== "sint64") {
        const read = module.wire(isUnsigned(value) ? "readSafeUint64" : "readSafeInt64");
        return [assign(`${read}(bytes, at, ${end})`), `at = ${cursor()}.at;`];
      }
      const whole =
        value.wireType === 1
          ? [
              `if (at + 8 > ${end}) throw ${module.wire("truncated")}();`,
              `${cursor()}.low = slab.view.getInt32(at, true);`,
              `${cursor()}.high = slab.view.getInt32(at + 4, true);`,
              "at += 8;",
            ]
          : [`${module.wire("readVarint64")}(bytes, at, ${end});`, `at = ${cursor()}.at;`];
      const zigzag = value.kind === "sint64" ? [`${module.wire("unzigzagCursor")}();`] : [];
      return [...whole, ...zigzag, assign(wideExpression(module, value))];
    }
  }
}

function wideExpression(module: MessageModule, value: ValuePlan): string {
  if (value.appearsAs === "number") {
    return `${module.wire(isUnsigned(value) ? "cursorToUnsignedNumber" : "cursorToSignedNumber")}()`;
  }
  const bigint = `${module.wire(isUnsigned(value) ? "cursorToUint64" : "cursorToInt64")}()`;
  return value.appearsAs === "string" ? `String(${bigint})` : bigint;
}
