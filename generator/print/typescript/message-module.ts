/** A module of messages while it is printed: where its types and the building blocks they need come from. */
import { dirname, relative } from "node:path/posix";
import type { ProtoFile } from "../../model.js";
import type { FieldPlan, MessagePlan } from "../../plan/index.js";
import { Module } from "../module.js";
import { NameSet } from "../names.js";
import { type FileNames, type MessageNames, namesOf } from "./file-names.js";
import type { ImportStyle } from "./import-style.js";

/** In which file of `wire/` each building block is. */
const WIRE_FILES = {
  "body-codec": ["BodyCodec", "ScanKey"],
  "body-read": ["inMessage", "readBytes", "readGroup", "readStop", "skipField", "tooDeep"],
  "body-text": ["beginBody", "readText"],
  "body-write": ["closeLength", "openLength", "orDefault", "writeBytes", "writeTag", "wrongValue"],
  int64: [
    "bigintToCursor",
    "cursorToInt64",
    "cursorToSignedNumber",
    "cursorToUint64",
    "cursorToUnsignedNumber",
    "decimalToInt64",
    "decimalToUint64",
    "numberToCursor",
    "readSafeInt64",
    "readSafeUint64",
    "unzigzagCursor",
    "writeSafeInt64",
    "zigzagCursor",
  ],
  "json-any": ["AnyContent", "FindContent", "readAny", "writeAny"],
  "json-codec": ["JsonMapping", "jsonCodec"],
  "json-number": ["doubleText", "floatText"],
  "json-reader": ["JsonReader"],
  "json-text": ["between", "boolKey", "quote", "quoteBytes", "wholeKey"],
  "json-time": ["readDuration", "readTimestamp", "writeDuration", "writeTimestamp"],
  "json-value": [
    "readFieldMask",
    "readList",
    "readStruct",
    "readValue",
    "writeFieldMask",
    "writeList",
    "writeStruct",
    "writeValue",
  ],
  "required-field": ["missingField", "missingOrWrong"],
  slab: ["Slab"],
  "unknown-fields": [
    "KeptFields",
    "UnknownFields",
    "keepField",
    "keepVarint",
    "keptFields",
    "unknownFields",
    "writeUnknownFields",
  ],
  "utf8-write": ["writeText"],
  varint: ["cursor", "readUnsigned32", "readVarint32", "readVarint64", "truncated", "writeVarint32", "writeVarint64"],
} as const;

export type WireName = (typeof WIRE_FILES)[keyof typeof WIRE_FILES][number];

const fileOf = new Map<string, string>(
  Object.entries(WIRE_FILES).flatMap(([file, names]) => names.map((name) => [name, file] as const)),
);

/** What generated functions call their own variables. */
const VARIABLES =
  "at before bytes depth end entry entryKey entryValue error flag from index into json kept key list message more next slab size start stop tag text total value view".split(
    " ",
  );

export class MessageModule extends Module {
  readonly names: FileNames;
  /** The message being printed. */
  current!: MessagePlan;
  readonly file: ProtoFile;
  /** What the module declares. */
  protected readonly ownNames: ReadonlySet<string>;
  readonly #fileOfType = new Map<string, ProtoFile>();
  readonly #plans: ReadonlyMap<string, MessagePlan>;
  readonly #imports: ImportStyle;

  constructor(
    file: ProtoFile,
    files: readonly ProtoFile[],
    plans: ReadonlyMap<string, MessagePlan>,
    imports: ImportStyle,
    ownNames: ReadonlySet<string> = namesOf(file).all,
  ) {
    super(ownNames);
    this.ownNames = ownNames;
    this.names = namesOf(file);
    this.file = file;
    this.#plans = plans;
    this.#imports = imports;
    for (const each of files) {
      for (const { fullName } of [...each.messages, ...each.enums]) this.#fileOfType.set(fullName, each);
    }
  }

  wire(name: WireName): string {
    return this.import(name, this.#imports.wire(fileOf.get(name)!));
  }

  wireType(name: WireName): string {
    return this.importType(name, this.#imports.wire(fileOf.get(name)!));
  }

  plan(fullName: string): MessagePlan {
    const plan = this.#plans.get(fullName);
    if (plan === undefined) throw new Error(`message ${fullName} is in no file`);
    return plan;
  }

  /** The interface of a message or the type of an enum. */
  typeName(fullName: string): string {
    const file = this.home(fullName);
    const names = file === this.file ? this.names : namesOf(file);
    const name = names.messages.get(fullName)?.type ?? names.enums.get(fullName)!;
    return file === this.file ? name : this.importType(name, this.#specifier(file));
  }

  /** The function of a message that another message calls. */
  functionName(fullName: string, which: "read" | "write" | "create" | "check"): string {
    const file = this.home(fullName);
    const names: MessageNames = (file === this.file ? this.names : namesOf(file)).messages.get(fullName)!;
    return file === this.file ? names[which] : this.import(names[which], this.#specifier(file));
  }

  /** The function that knows the values of a closed enum. */
  guardName(fullName: string): string {
    const file = this.home(fullName);
    const name = (file === this.file ? this.names : namesOf(file)).guards.get(fullName)!;
    return file === this.file ? name : this.import(name, this.#specifier(file));
  }

  protected home(fullName: string): ProtoFile {
    const file = this.#fileOfType.get(fullName);
    if (file === undefined) throw new Error(`type ${fullName} is in no file`);
    return file;
  }

  #specifier(file: ProtoFile): string {
    const path = relative(dirname(this.file.name), file.name);
    return `${path.startsWith(".") ? path : `./${path}`}.js`;
  }

  /** Names for the variables of one message's functions: like its properties, but none that hides what the functions use. */
  variables(plan: MessagePlan): Map<string, string> {
    const names = new NameSet([...VARIABLES, ...this.ownNames, ...fileOf.keys()]);
    return new Map(
      propertiesOf(plan).map((property) => [
        property,
        names.take(FUNCTION_NAME.test(property) ? `${property}_` : property.replace(/\W+/g, "_")),
      ]),
    );
  }
}

/** What functions of other modules are called, which may still be imported, and variables there are as many of as it takes. */
const FUNCTION_NAME = /^(?:(?:check|create|is|numbersOf|read|write)[A-Z]|seen\d)/;

/** The properties of a message's interface, in the order of their first numbers; a oneof is one property. */
export function propertiesOf(plan: MessagePlan): string[] {
  const properties = plan.fields.map((field) => (field.oneof === null ? field.name : plan.oneofs[field.oneof]!.name));
  return [...new Set(properties)];
}

export function propertyOf(plan: MessagePlan, field: FieldPlan): string {
  return field.oneof === null ? field.name : plan.oneofs[field.oneof]!.name;
}
