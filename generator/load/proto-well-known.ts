/** The files every protobuf compiler brings along; protobufjs has them built in. */
import protobuf from "protobufjs";
import type { ProtoSource } from "./proto-files.js";

export const WELL_KNOWN: ReadonlySet<string> = new Set(
  ["any", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"].map(
    (name) => `google/protobuf/${name}.proto`,
  ),
);

/** Adds the well-known files that are imported, and describes them like files of the schema. */
export function addWellKnown(parsed: readonly ProtoSource[], tree: protobuf.Root): ProtoSource[] {
  const wanted = new Set(parsed.flatMap(({ outline }) => outline.imports.map(({ path }) => path)));
  const own = new Set(parsed.map(({ name }) => `${name}.proto`));
  const known = [...WELL_KNOWN].filter((path) => wanted.has(path) && !own.has(path));
  return known.map((path) => {
    const json = protobuf.common.get(path) as protobuf.INamespace;
    tree.addJSON(json.nested!);
    const outline = {
      tokens: [],
      package: "google.protobuf",
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
export function wellKnownHome(type: string): string | undefined {
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
