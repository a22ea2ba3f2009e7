/** Parses the `.proto` files with protobufjs and turns what it finds into the model's messages and enums. */
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
  ScalarType,
} from "../model.js";
import { type ProtoSource, readProtoFiles, WELL_KNOWN } from "./proto-files.js";
import { syntaxDiagnostic } from "./proto-syntax.js";
import { unsupportedFeatures } from "./proto-unsupported.js";

export interface ParsedProtos {
  readonly files: readonly ProtoFile[];
  readonly sources: readonly ProtoSource[];
  /** There was nothing to parse: every name is unknown, and none is to blame. */
  readonly empty: boolean;
  /** Types of files that did not parse, by the last part of their names: whoever refers to one is not to blame. */
  readonly lost: ReadonlySet<string>;
  readonly diagnostics: readonly Diagnostic[];
}

const OPTIONS = { keepCase: true, alternateCommentMode: true };

/** Reads and parses what `pattern` (relative to `schema/`) names. `position` is where the pattern is written. */
export function parseProtos(root: string, pattern: string, position: Position): ParsedProtos {
  const { sources, diagnostics } = readProtoFiles(root, pattern, position);
  const tree = new protobuf.Root();
  const parsed: ProtoSource[] = [];
  const lost = new Set<string>();
  for (const source of sources) {
    const faults = parse(source, tree);
    diagnostics.push(...faults);
    if (faults.length === 0) parsed.push(source);
    else for (const type of source.outline.types) lost.add(type.slice(type.lastIndexOf(".") + 1));
  }
  const wellKnown = addWellKnown(parsed, tree);
  try {
    tree.resolveAll();
  } catch {
    // Each reference is resolved, and reported, on its own below.
  }
  const visible = visibility(parsed);
  const files = [...parsed, ...wellKnown].map((source) => {
    const reader = new Reader(source, tree, lost, visible.get(source.name) ?? null);
    const file = reader.read();
    diagnostics.push(...reader.diagnostics);
    return file;
  });
  return { files, sources, empty: sources.length === 0, lost, diagnostics };
}

/** Adds a file to `tree`, unless something is wrong with it. */
function parse(source: ProtoSource, tree: protobuf.Root): Diagnostic[] {
  const unsupported = unsupportedFeatures(source);
  if (unsupported.length > 0) return unsupported;
  try {
    // Into a tree of its own first: a file that fails halfway would leave its first half behind.
    protobuf.parse(source.text, new protobuf.Root(), OPTIONS);
    const { filename } = protobuf.parse as { filename?: string | null };
    try {
      (protobuf.parse as { filename?: string | null }).filename = source.name;
      protobuf.parse(source.text, tree, OPTIONS);
    } finally {
      (protobuf.parse as { filename?: string | null }).filename = filename ?? null;
    }
    return [];
  } catch (error) {
    return [syntaxDiagnostic(source, error as Error)];
  }
}

/** Adds the well-known files that are imported, and describes them like files of the schema. */
function addWellKnown(parsed: readonly ProtoSource[], tree: protobuf.Root): ProtoSource[] {
  const wanted = new Set(parsed.flatMap(({ outline }) => outline.imports.map(({ path }) => path)));
  const own = new Set(parsed.map(({ name }) => `${name}.proto`));
  const known = [...WELL_KNOWN].filter((path) => wanted.has(path) && !own.has(path));
  return known.map((path) => {
    const json = protobuf.common.get(path) as protobuf.INamespace;
    tree.addJSON(json.nested!);
    const outline = {
      tokens: [],
      syntax: null,
      imports: [],
      declarations: new Map(),
      types: new Set<string>(),
      typeUses: new Map(),
      numbers: new Map(),
      unsupported: [],
    };
    const google = new protobuf.Root().addJSON(json.nested!).lookup("google.protobuf") as protobuf.Namespace;
    for (const type of google.nestedArray) {
      const added = tree.lookup(type.fullName.slice(1));
      if (added !== null) mark(added, path.replace(/\.proto$/, ""));
    }
    return { name: path.replace(/\.proto$/, ""), file: path, text: "", outline };
  });
}

/** The well-known file that declares a type: `google.protobuf.Timestamp`. */
function wellKnownHome(type: string): string | undefined {
  const [, name] = /^\.?google\.protobuf\.(\w+)$/.exec(type) ?? [];
  if (name === undefined) return undefined;
  return [...WELL_KNOWN].find((path) => {
    const file = protobuf.common.get(path) as { nested: { google: { nested: { protobuf: { nested: object } } } } };
    return Object.hasOwn(file.nested.google.nested.protobuf.nested, name);
  });
}

function mark(object: protobuf.ReflectionObject, file: string): void {
  object.filename = file;
  if (object instanceof protobuf.Type) for (const nested of object.nestedArray) mark(nested, file);
}

/** File to the files whose types it may use: its own, its imports', and what those import publicly. */
function visibility(sources: readonly ProtoSource[]): Map<string, Set<string>> {
  const byName = new Map(sources.map((source) => [source.name, source]));
  const nameOf = (path: string) => path.replace(/\.proto$/, "");
  const addPublic = (name: string, seen: Set<string>): void => {
    if (seen.has(name)) return;
    seen.add(name);
    for (const imported of byName.get(name)?.outline.imports ?? []) {
      if (imported.public) addPublic(nameOf(imported.path), seen);
    }
  };
  return new Map(
    sources.map((source) => {
      const seen = new Set([source.name]);
      for (const imported of source.outline.imports) addPublic(nameOf(imported.path), seen);
      return [source.name, seen];
    }),
  );
}

/** Reads one file's part of the tree. */
class Reader {
  readonly diagnostics: Diagnostic[] = [];
  readonly #source: ProtoSource;
  readonly #tree: protobuf.Root;
  readonly #lost: ReadonlySet<string>;
  /** Files whose types may be used; null for all. */
  readonly #visible: ReadonlySet<string> | null;
  readonly #messages: MessageType[] = [];
  readonly #enums: EnumType[] = [];
  #package = "";

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
    const { name } = this.#source;
    return { name, package: this.#package, messages: this.#messages, enums: this.#enums };
  }

  #namespace(namespace: protobuf.NamespaceBase): void {
    for (const object of namespace.nestedArray) {
      if (object instanceof protobuf.Type) {
        if (object.filename === this.#source.name) {
          if (!(namespace instanceof protobuf.Type)) this.#package = fullName(namespace);
          this.#message(object);
        }
      } else if (object instanceof protobuf.Enum) {
        if (object.filename === this.#source.name) {
          if (!(namespace instanceof protobuf.Type)) this.#package = fullName(namespace);
          this.#enum(object);
        }
      } else if (object instanceof protobuf.Namespace) this.#namespace(object);
    }
  }

  #message(type: protobuf.Type): void {
    const oneofs = type.oneofsArray.filter((oneof) => !oneof.isProto3Optional);
    this.#messages.push({
      fullName: fullName(type),
      name: this.#shortName(type),
      fields: type.fieldsArray.map((field) => this.#field(field, oneofs)),
      oneofs: oneofs.map((oneof): Oneof => ({ name: lowerCamelCase(oneof.name), doc: oneof.comment ?? "" })),
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
          ? didYouMean(type, [...Object.keys(protobuf.types.basic), ...typeNames(this.#tree, this.#package)])
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
      doc: type.comment ?? "",
      position: this.#position(name),
    });
  }

  #shortName(type: protobuf.ReflectionObject): string {
    const name = fullName(type);
    return this.#package === "" ? name : name.slice(this.#package.length + 1);
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

function isPackable(type: FieldValueType): boolean {
  return type.kind === "enum" || (type.kind === "scalar" && type.scalar !== "string" && type.scalar !== "bytes");
}

function jsType(option: unknown): MessageField["jsType"] {
  if (option === "JS_NUMBER") return "number";
  return option === "JS_STRING" ? "string" : "bigint";
}

/** A field's name in protobuf's JSON: an underscore goes, and the letter behind it becomes a capital. */
export function lowerCamelCase(name: string): string {
  return name.replace(/_+(.?)/g, (_, letter: string) => letter.toUpperCase());
}
