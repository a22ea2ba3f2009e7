/** Turns what protobufjs parsed of one file into the model's messages and enums. */
import protobuf from "protobufjs";
import { didYouMean } from "../../wire/did-you-mean.js";
import type {
  Diagnostic,
  EnumType,
  FieldDefault,
  FieldValueType,
  MessageField,
  MessageType,
  Oneof,
  Position,
  ProtoFile,
  Reserved,
  ScalarType,
} from "../model.js";
import { readDefault } from "./proto-default.js";
import type { ProtoSource } from "./proto-files.js";
import type { ProtoToken } from "./proto-tokens.js";
import { wellKnownHome } from "./well-known-protos.js";

/** Reads one file's part of the tree of all declarations. */
export class ProtoReader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: ProtoSource;
  readonly #all: readonly ProtoSource[];
  readonly #tree: protobuf.Root;
  readonly #lost: ReadonlySet<string>;
  /** Files whose types may be used. */
  readonly #visible: ReadonlySet<string>;
  readonly #proto2: boolean;
  readonly #messages: MessageType[] = [];
  readonly #enums: EnumType[] = [];

  constructor(
    source: ProtoSource,
    /** All files: an extension may be declared in another one. */
    all: readonly ProtoSource[],
    tree: protobuf.Root,
    lost: ReadonlySet<string>,
    visible: ReadonlySet<string>,
  ) {
    this.#source = source;
    this.#all = all;
    this.#tree = tree;
    this.#lost = lost;
    this.#visible = visible;
    this.#proto2 = source.outline.syntax?.value !== "proto3";
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
    // A message set is read as what it is on the wire: a message of unknown groups.
    const fields = type.options?.message_set_wire_format === true ? [] : type.fieldsArray;
    this.#messages.push({
      fullName: fullName(type),
      name: this.#shortName(type),
      fields: fields.map((field) => this.#field(field, oneofs)),
      oneofs: oneofs.map((oneof): Oneof => ({ name: lowerCamelCase(oneof.name), doc: oneof.comment ?? "" })),
      unknownFields: "skip",
      reserved: reserved(type.reserved),
      doc: type.comment ?? "",
      position: this.#position(fullName(type)),
    });
    this.#namespace(type);
  }

  #field(field: protobuf.Field, oneofs: readonly protobuf.OneOf[]): MessageField {
    const extension = field.declaringField ?? null;
    const declared = extension ?? field;
    const type = this.#type(declared);
    const group = isGroup(declared);
    const protoName = group ? declared.resolvedType!.name.toLowerCase() : declared.name;
    const path = inside(declared.parent!, protoName);
    const home = extension === null ? this.#source : this.#homeOf(path);
    const position = this.#position(path, home);
    const oneof = field.partOf === null ? -1 : oneofs.indexOf(field.partOf);
    const presence = this.#presence(field, type);
    const name = extension === null ? lowerCamelCase(protoName) : `[${path}]`;
    return {
      protoName: extension === null ? protoName : name,
      name,
      jsonName: extension === null ? jsonName(field.options, name) : name,
      number: field.id,
      type,
      presence,
      default: this.#default(declared, type, home.outline.defaults.get(path) ?? [], position),
      group,
      packed: presence === "repeated" && isPackable(type) && field.packed,
      oneof: oneof === -1 ? null : oneof,
      mapKey: field instanceof protobuf.MapField ? (field.keyType as ScalarType) : null,
      jsType: jsType(field.options?.jstype),
      doc: declared.comment ?? "",
      position,
    };
  }

  #presence(field: protobuf.Field, type: FieldValueType): MessageField["presence"] {
    if (field.map) return "map";
    if (field.repeated) return "repeated";
    if (field.required) return "required";
    const explicit = this.#proto2 || type.kind === "message" || field.partOf !== null;
    return explicit ? "explicit" : "implicit";
  }

  #default(
    field: protobuf.Field,
    type: FieldValueType,
    tokens: readonly ProtoToken[],
    position: Position,
  ): FieldDefault | null {
    if (field.options?.default === undefined) return null;
    if (!this.#proto2) {
      this.diagnostics.push({
        rule: "proto-unsupported",
        message: `"${field.name}" has a default, and proto3 has none but zero`,
        hint: "declare the field optional, and choose the value in the handler",
        position,
      });
      return null;
    }
    const found = readDefault(type, field.typeDefault, tokens);
    if (found === null) {
      const message = `the default of "${field.name}" is none of its type`;
      this.diagnostics.push({ rule: "proto-syntax", message, hint: null, position });
    }
    return found;
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
    // An extension is declared where its own file's imports count.
    if (field.extend === undefined && resolved.filename !== null && !this.#visible.has(resolved.filename)) {
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
      closed: this.#proto2,
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

  #homeOf(path: string): ProtoSource {
    return this.#all.find(({ outline }) => outline.declarations.has(path)) ?? this.#source;
  }

  #position(name: string, { file, outline } = this.#source): Position {
    return outline.declarations.get(name) ?? { file, line: 1, column: 1 };
  }
}

function fullName(object: protobuf.ReflectionObject): string {
  return object.fullName.replace(/^\./, "");
}

/** Whether the field declares a group. protobufjs marks the group's type, which other fields may use as a message like any other. */
function isGroup({ name, parent, resolvedType }: protobuf.Field): boolean {
  const type = resolvedType as (protobuf.Type & { group?: boolean }) | null;
  return type?.group === true && type.parent === parent && name === type.name.replace(/^./, (it) => it.toLowerCase());
}

function inside(scope: protobuf.ReflectionObject, name: string): string {
  const outer = fullName(scope);
  return outer === "" ? name : `${outer}.${name}`;
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

function jsonName(options: Record<string, unknown> | undefined, usual: string): string {
  return typeof options?.json_name === "string" ? options.json_name : usual;
}

/** A field's name in protobuf's JSON, unless it is given one: an underscore goes, and the letter behind it becomes a capital. */
function lowerCamelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
