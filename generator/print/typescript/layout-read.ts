/** The statements that read one header field. */
import type { HeaderValue, PlannedField } from "../../plan/index.js";
import { propertiesOf } from "./layout-class.js";
import { type LayoutModule, type LayoutNames, parenthesised, place, presence, property } from "./layout-module.js";
import { hex, loadInteger, order } from "./layout-numbers.js";

/** What the statements need to know of the decoder they stand in. */
export interface Reading {
  readonly module: LayoutModule;
  readonly names: LayoutNames;
  /** The statement that gives up. */
  readonly bad: string;
  /** What may be read ends there: `end`, or `bodyEnd`. */
  readonly limit: string;
  /** Bytes that must still follow the field. */
  readonly rest: number;
}

/** Reads a field that may be absent, or whose size is not fixed, or any other. */
export function readField(reading: Reading, field: PlannedField): string[] {
  const { when, value, width } = field;
  if (when.length === 0) {
    return field.variable ? readVariable(reading, field, "const ") : readFixed(reading, field);
  }
  const origin = `origin${field.origin + 1}`;
  const prefixed = value.kind === "prefixedText" || value.kind === "prefixedBytes";
  const inner = isMeasured(value)
    ? [
        // A length in front was only counted where it must be there.
        ...(prefixed ? [`if (${place(field, width)} > ${within(reading)}) ${reading.bad}`] : []),
        ...readVariable(reading, field, ""),
      ]
    : [
        `${origin} = ${place(field, width)};`,
        `if (${origin} > ${within(reading)}) ${reading.bad}`,
        ...readFixed(reading, field),
      ];
  const absent = absentLines(field);
  return [
    `let ${origin} = ${place(field)};`,
    `if (${presence(when)}) {`,
    ...inner.map((line) => `  ${line}`),
    ...(absent.length === 0 ? ["}"] : ["} else {", ...absent.map((line) => `  ${line}`), "}"]),
  ];
}

function isMeasured({ kind }: HeaderValue): boolean {
  return ["prefixedText", "prefixedBytes", "varint", "decimal", "until"].includes(kind);
}

/** Where the field must have ended. */
function within({ limit, rest }: Reading): string {
  return rest === 0 ? limit : `${limit} - ${rest}`;
}

function readVariable(reading: Reading, field: PlannedField, declare: string): string[] {
  const { module, names, bad } = reading;
  const { value, width } = field;
  const number = field.origin + 1;
  const origin = `origin${number}`;
  switch (value.kind) {
    case "prefixedText":
      return [
        `${declare}${origin} = ${place(field, width)} + ${loadInteger(field, false)};`,
        `if (${origin} > ${within(reading)}) ${bad}`,
        ...keepText(reading, value.property, number, place(field, width), origin),
      ];
    case "prefixedBytes":
      return [
        `${declare}${origin} = ${place(field, width)} + ${loadInteger(field, false)};`,
        `if (${origin} > ${within(reading)}) ${bad}`,
        `${property(value.property)} = ${module.wire("copiedBytes")}(bytes, ${place(field, width)}, ${origin});`,
      ];
    case "varint":
      return keepNumber(reading, value.property, number, declare, [
        `${module.wire("readHeaderVarint")}(bytes, ${place(field)}, ${within(reading)})`,
      ]);
    case "decimal": {
      const delimiter = module.text(names, value.delimiter);
      return keepNumber(reading, value.property, number, declare, [
        `${module.wire("readDecimal")}(bytes, ${delimiter}, ${place(field)}, ${within(reading)})`,
      ]);
    }
    case "until": {
      const delimiter = module.text(names, value.delimiter);
      const find = module.wire("endOfText");
      return [
        `const stop${number} = ${find}(bytes, ${delimiter}, ${place(field)}, ${within(reading)}, ${value.most});`,
        `if (stop${number} < 0) ${bad}`,
        ...keepText(reading, value.property, number, place(field), `stop${number}`),
        `${declare}${origin} = stop${number} + ${width};`,
      ];
    }
    default:
      return readFixed(reading, field);
  }
}

function keepText({ module, bad }: Reading, name: string, number: number, from: string, to: string): string[] {
  return [
    `const text${number} = ${module.wire("decodeUtf8")}(bytes, ${from}, ${to});`,
    `if (text${number} === null) ${bad}`,
    `${property(name)} = text${number};`,
  ];
}

/** A number whose reader says where it ended, or -1. */
function keepNumber(
  { module, bad }: Reading,
  name: string,
  number: number,
  declare: string,
  [expression]: [string],
): string[] {
  return [
    `const value${number} = ${expression};`,
    `if (value${number} < 0) ${bad}`,
    `${property(name)} = value${number};`,
    `${declare}origin${number} = ${module.wire("cursor")}.at;`,
  ];
}

/** Reads a field whose size is fixed. Lengths and checksums are looked at elsewhere. */
function readFixed(reading: Reading, field: PlannedField): string[] {
  const { module, names, bad } = reading;
  const { value, width } = field;
  switch (value.kind) {
    case "integer":
      return [`${property(value.property)} = ${loadInteger(field, value.signed)};`];
    case "low":
      return [`${property(`${value.property}Low`)} = ${loadInteger(field, false)};`];
    case "halves": {
      const [first, second] = field.byteOrder === "big" ? ["High", "Low"] : ["Low", "High"];
      return [
        `${property(value.property + first)} = view.getUint32(${place(field)}${order(field)});`,
        `${property(value.property + second)} = view.getUint32(${place(field, 4)}${order(field)});`,
      ];
    }
    case "float":
      return [`${property(value.property)} = view.getFloat${width * 8}(${place(field)}${order(field)});`];
    case "bits":
      return readBits(reading, field, value.members);
    case "char": {
      const name = property(value.property);
      return [`${name} = ${loadInteger(field, false)};`, `if (${name} < 0x21 || ${name} > 0x7e) ${bad}`];
    }
    case "bytes": {
      const range = `${place(field)}, ${place(field, width)}`;
      return [`${property(value.property)} = ${module.wire("copiedBytes")}(bytes, ${range});`];
    }
    case "text": {
      const text = `text_${field.origin}_${field.offset}`;
      return [
        `const ${text} = ${module.wire("readPadded")}(bytes, ${place(field)}, ${width}, ${value.pad});`,
        `if (${text} === null) ${bad}`,
        `${property(value.property)} = ${text};`,
      ];
    }
    case "constant":
      return value.check ? [`if (${loadInteger(field, false)} !== ${value.value}) ${bad}`] : [];
    case "literal":
      return [`if (!${module.wire("standsAt")}(bytes, ${module.text(names, value.text)}, ${place(field)})) ${bad}`];
    default:
      return [];
  }
}

/** Several numbers out of one that is read once. */
function readBits(
  { bad }: Reading,
  field: PlannedField,
  members: Extract<HeaderValue, { kind: "bits" }>["members"],
): string[] {
  const read = members.filter(({ value }) => value.kind === "integer" || (value.kind === "constant" && value.check));
  if (read.length === 0) return [];
  const word = `bits_${field.origin}_${field.offset}`;
  const lines = read.map(({ value, bits, shift }) => {
    const part = shift === 0 ? word : `(${word} >>> ${shift})`;
    const whole = shift + bits === field.width * 8 ? part : `(${part} & ${hex(2 ** bits - 1)})`;
    if (value.kind === "constant") return `if (${whole} !== ${value.value}) ${bad}`;
    return value.kind === "integer" ? `${property(value.property)} = ${whole.replace(/^\((.*)\)$/, "$1")};` : "";
  });
  return [`const ${word} = ${parenthesised(loadInteger(field, false)).replace(/^\((.*)\)$/, "$1")};`, ...lines];
}

/** What the properties of a field hold that is not there. */
function absentLines({ value, width }: PlannedField): string[] {
  switch (value.kind) {
    case "bits":
      return value.members.flatMap((member) => propertiesOf(member.value).map((name) => `${property(name)} = 0;`));
    case "bytes":
      return [`${property(value.property)} = new Uint8Array(${width});`];
    case "prefixedBytes":
      return [`${property(value.property)} = new Uint8Array(0);`];
    case "text":
    case "until":
    case "prefixedText":
      return [`${property(value.property)} = "";`];
    case "low":
      return [`${property(`${value.property}Low`)} = 0;`];
    default:
      return propertiesOf(value).map((name) => `${property(name)} = 0;`);
  }
}
