/** Turns what protobufjs parsed of one file into the model's messages and enums. */
import protobuf from "protobufjs";
import { didYouMean } from "../did-you-mean.js";
import type {
  Diagnostic,
  EnumType,
  FieldValueType,
  MessageField,
  MessageType,
  Oneof,
  Position,
  ProtoFile,
  Reserved,
  ScalarType,
} from "../model.js";
import type { ProtoSource } from "./proto-files.js";
import { wellKnownHome } from "./proto-well-known.js";

/** Reads one file's part of the tree of all declarations. */
export class ProtoReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: ProtoSource;
  readonly #tree: protobuf.Root;
  readonly #lost: ReadonlySet<string>;
  /** Files whose types may be used; null for all. */
  readonly #visible: ReadonlySet<string> | null;
  readonly #messages: MessageType[] = [];
  readonly #enums: EnumType[] = [];

  constructor(
    source: ProtoSource,
    tree: protobuf.Root,
    lost: ReadonlySet<string>,
    visible: ReadonlySet<string> | null,
  ) {
    this.#source = source;
    this.#tree = tree;
    this.#lost = lost;
    this.#visible = visible;
  }

  read(): ProtoFile {
    this.#namespace(this.#tree);
    const { name, outline } = this.#source;
    return { name, package: outline.package, messages: this.#messages, enums: this.#enums };
  }

  #namespace(namespace: protobuf.NamespaceBase): void {
    for (const object of namespace.nestedArray) {
      const isType = object instanceof protobuf.Type || object instanceof protobuf.Enum;
      if (isType && object.filename !== this.#source.name) continue;
      if (object instanceof protobuf.Type) this.#message(object);
      else if (object instanceof protobuf.Enum) this.#enum(object);
      else if (object instanceof protobuf.Namespace) this.#namespace(object);
    }
  }

  #message(type: protobuf.Type): void {
    const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
    this.#messages.push({
      fullName: fullName(type),
      name: this.#shortName(type),
      fields: type.fieldsArray.map((field) => this.#field(field, oneofs)),
      oneofs: oneofs.map((oneof): Oneof => ({ name: lowerCamelCase(oneof.name), doc: oneof.comment ?? "" })),
      reserved: reserved(type.reserved),
      doc: type.comment ?? "",
      position: this.#position(fullName(type)),
    });
    this.#namespace(type);
  }

  #field(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): MessageField {
    const name = fullName(field);
    const type = this.#type(field);
    if (field.options?.default !== undefined) {
      this.diagnostics.push({
        rule: "proto-unsupported",
        message: `"${field.name}" has a default, and proto3 has none but zero`,
        hint: "declare the field optional, and choose the value in the handler",
        position: this.#position(name),
      });
    }
    const oneof = field.partOf === null ? -1 : oneofs.indexOf(field.partOf);
    const explicit = type.kind === "message" || field.partOf !== null;
    const presence = field.map ? "map" : field.repeated ? "repeated" : explicit ? "explicit" : "implicit";
    return {
      protoName: field.name,
      name: lowerCamelCase(field.name),
      number: field.id,
      type,
      presence,
      packed: presence === "repeated" && isPackable(type) && field.packed,
      oneof: oneof === -1 ? null : oneof,
      mapKey: field instanceof protobuf.MapField ? (field.keyType as ScalarType) : null,
      jsType: jsType(field.options?.jstype),
      doc: field.comment ?? "",
      position: this.#position(name),
    };
  }

  #type(field: protobuf.Field): FieldValueType {
    if (Object.hasOwn(protobuf.types.basic, field.type)) {
      return { kind: "scalar", scalar: field.type as ScalarType };
    }
    try {
      field.resolve();
    } catch {
      this.#unknownType(field);
    }
    const resolved = field.resolvedType;
    if (resolved === null) return { kind: "message", fullName: field.type };
    if (this.#visible !== null && resolved.filename !== null && !this.#visible.has(resolved.filename)) {
      this.diagnostics.push({
        rule: "proto-import",
        message: `${fullName(resolved)} is declared in "${resolved.filename}.proto", which this file does not import`,
        hint: `add: import "${resolved.filename}.proto";`,
        position: this.#source.outline.typeUses.get(fullName(field)) ?? this.#position(fullName(field)),
      });
    }
    return { kind: resolved instanceof protobuf.Enum ? "enum" : "message", fullName: fullName(resolved) };
  }

  #unknownType(field: protobuf.Field): void {
    const { type } = field;
    if (this.#lost.has(type.slice(type.lastIndexOf(".") + 1))) return;
    const home = wellKnownHome(type);
    this.diagnostics.push({
      rule: "proto-type",
      message: `there is no type "${type}"`,
      hint:
        home === undefined
          ? didYouMean(type, [
              ...Object.keys(protobuf.types.basic),
              ...typeNames(this.#tree, this.#source.outline.package),
            ])
          : `add: import "${home}";`,
      position: this.#source.outline.typeUses.get(fullName(field)) ?? this.#position(fullName(field)),
    });
  }

  #enum(type: protobuf.Enum): void {
    const name = fullName(type);
    this.#enums.push({
      fullName: name,
      name: this.#shortName(type),
      values: Object.entries(type.values).map(([value, number]) => ({
        name: value,
        number,
        doc: type.comments[value] ?? "",
      })),
      reserved: reserved(type.reserved),
      doc: type.comment ?? "",
      position: this.#position(name),
    });
  }

  #shortName(type: protobuf.ReflectionObject): string {
    const name = fullName(type);
    const home = this.#source.outline.package;
    return home === "" ? name : name.slice(home.length + 1);
  }

  #position(name: string): Position {
    return this.#source.outline.declarations.get(name) ?? { file: this.#source.file, line: 1, column: 1 };
  }
}

function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, "");
}

/** Names of all types, and without the package those of `home`, as a field there may write them. */
function typeNames(tree: protobuf.NamespaceBase, home: string): string[] {
  const names: string[] = [];
  const visit = (namespace: protobuf.NamespaceBase): void => {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type || object instanceof protobuf.Enum) {
        const name = fullName(object);
        names.push(home !== "" && name.startsWith(`${home}.`) ? name.slice(home.length + 1) : name);
      }
      if (object instanceof protobuf.Namespace) visit(object);
    }
  };
  visit(tree);
  return names;
}

function reserved(given: readonly (number[] | string)[] | null | undefined): Reserved {
  const entries = given ?? [];
  return {
    numbers: entries.filter((entry) => typeof entry !== "string").map(([from, to]) => [from!, to!] as const),
    names: entries.filter((entry) => typeof entry === "string"),
  };
}

function isPackable(type: FieldValueType): boolean {
  return type.kind === "enum" || (type.kind === "scalar" && type.scalar !== "string" && type.scalar !== "bytes");
}

function jsType(option: unknown): MessageField["jsType"] {
  if (option === "JS_NUMBER") return "number";
  return option === "JS_STRING" ? "string" : "bigint";
}

/** A field's name in protobuf's JSON: an underscore goes, and the letter behind it becomes a capital. */
function lowerCamelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
