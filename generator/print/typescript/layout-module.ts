/** The module of header layouts while it is printed, and how places in a header are written down. */
import type { LayoutPlan, PlannedField, PlannedTest } from "../../plan/index.js";
import { Module } from "../module.js";
import type { ImportStyle } from "./import-style.js";

/** The interfaces of `wire/layout-codec.ts` that header classes implement. */
export type HeaderInterface = "RequestHeader" | "ResponseHeader" | "InternalHeader";

export interface LayoutNames {
  /** The header class: `MainRequestHeader`, `InternalHeader`. */
  readonly header: string;
  /** The codec: `mainRequest`, `internal`. */
  readonly codec: string;
}

/** In which file of `wire/` each building block is. */
const WIRE_FILES = {
  adler32: ["adler32"],
  "copy-bytes": ["copiedBytes", "copyBytes"],
  "crc16-ccitt": ["crc16Ccitt"],
  crc32: ["crc32"],
  crc32c: ["crc32c"],
  "error-code": ["ErrorCode"],
  "header-codec": ["outOfRange", "readHeaderVarint", "sumExcept", "tooLong", "wrongSize"],
  "header-text": [
    "checkDelimiter",
    "decimalSize",
    "endOfText",
    "indexOfDelimiter",
    "readDecimal",
    "readPadded",
    "standsAt",
    "writeDecimal",
    "writeDelimiter",
    "writePadded",
    "writeUntil",
  ],
  "layout-codec": ["InternalHeader", "LayoutCodec", "RequestHeader", "ResponseHeader"],
  slab: ["Slab"],
  "utf8-read": ["decodeUtf8"],
  "utf8-write": ["utf8Size", "writeUtf8"],
  varint: ["cursor", "varintSize", "writeVarint32"],
} as const;

export type LayoutWireName = (typeof WIRE_FILES)[keyof typeof WIRE_FILES][number];

const fileOf = new Map<string, string>(
  Object.entries(WIRE_FILES).flatMap(([file, names]) => names.map((name) => [name, file] as const)),
);

export class LayoutModule extends Module {
  readonly #imports: ImportStyle;
  /** Texts that stand in frames, by layout and text: what the constants of their bytes are called. */
  readonly #texts = new Map<string, string>();

  constructor(ownNames: Iterable<string>, imports: ImportStyle) {
    super(ownNames);
    this.#imports = imports;
  }

  wire(name: LayoutWireName): string {
    return this.import(name, this.#imports.wire(fileOf.get(name)!));
  }

  wireType(name: LayoutWireName): string {
    return this.importType(name, this.#imports.wire(fileOf.get(name)!));
  }

  /** Prints the constants of the texts that stand in a layout's frames. */
  printTexts({ codec }: LayoutNames, plan: LayoutPlan): void {
    const texts = new Set(plan.fields.flatMap(({ value }) => ("delimiter" in value ? [value.delimiter] : [])));
    for (const { value } of plan.fields) if (value.kind === "literal") texts.add(value.text);
    if (plan.end !== "") texts.add(plan.end);
    for (const text of texts) {
      const name = `${codec}Text${this.#texts.size + 1}`;
      this.#texts.set(`${codec} ${text}`, name);
      const bytes = [...new TextEncoder().encode(text)].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`);
      this.writer.writeLine(`const ${name} = Uint8Array.of(${bytes.join(", ")});`);
    }
    if (texts.size > 0) this.writer.blankLine();
  }

  /** The constant that holds a text's bytes. */
  text({ codec }: LayoutNames, text: string): string {
    return this.#texts.get(`${codec} ${text}`)!;
  }
}

/** `start + 20`, or `origin1 + 2` behind a field whose size is not fixed; `more` counts from the field's first byte. */
export function place(field: PlannedField, more = 0): string {
  const offset = field.offset + more;
  const origin = field.origin === 0 ? "start" : `origin${field.origin}`;
  return offset === 0 ? origin : `${origin} + ${offset}`;
}

/** Where the body begins: behind the last field. */
export function bodyStartOf(plan: LayoutPlan): string {
  const behind = plan.fields.filter(({ origin }) => origin === plan.variableFields);
  const offset = behind.filter(({ variable }) => !variable).reduce((sum, { width }) => sum + width, 0);
  const origin = plan.variableFields === 0 ? "start" : `origin${plan.variableFields}`;
  return offset === 0 ? origin : `${origin} + ${offset}`;
}

export const parenthesised = (text: string) => (text.includes(" ") ? `(${text})` : text);

/** ` + 2`, ` - 2`, or nothing. */
export function shifted(by: number): string {
  return by === 0 ? "" : by > 0 ? ` + ${by}` : ` - ${-by}`;
}

/** Access to a property of `header`. */
export function property(name: string): string {
  return /^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? `header.${name}` : `header[${JSON.stringify(name)}]`;
}

/** Whether a field is there, as an expression over `header`. */
export function presence(when: readonly PlannedTest[]): string {
  const tests = when.map(({ property: name, values, not }) => {
    const parts = values.map((value) => `${property(name)} ${not ? "!==" : "==="} ${value}`);
    const joined = parts.join(not ? " && " : " || ");
    return parts.length > 1 && !not && when.length > 1 ? `(${joined})` : joined;
  });
  return tests.join(" && ");
}
