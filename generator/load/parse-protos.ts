/** Parses the `.proto` files of a schema with protobufjs, each on its own and then all together. */
import protobuf from "protobufjs";
import type { Diagnostic, Position, ProtoFile } from "../model.js";
import { type ProtoSource, readProtoFiles } from "./proto-files.js";
import { EXTENDABLE_OPTIONS } from "./proto-outline.js";
import { ProtoReader } from "./proto-reader.js";
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
  diagnostics.push(...unknownExtensions(tree, parsed, lost));
  try {
    tree.resolveAll();
  } catch {
    // Each reference is resolved, and reported, on its own below.
  }
  const visible = visibility(parsed);
  const files = parsed.map((source) => {
    const reader = new ProtoReader(source, parsed, tree, lost, visible.get(source.name)!);
    const file = reader.read();
    diagnostics.push(...reader.diagnostics);
    return file;
  });
  const own = sources.filter(({ wellKnown }) => !wellKnown);
  return {
    files: withoutUnused(files, new Set(own.map(({ name }) => name))),
    sources: own,
    empty: own.length === 0,
    lost,
    diagnostics,
  };
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

/** Extensions of what is no message. Options of files that are not imported say nothing about bodies. */
function unknownExtensions(
  tree: protobuf.Root,
  sources: readonly ProtoSource[],
  lost: ReadonlySet<string>,
): Diagnostic[] {
  const waiting = tree as unknown as { deferred: protobuf.Field[] };
  const { deferred } = waiting;
  waiting.deferred = [];
  return deferred.flatMap((field) => {
    const extended = field.extend ?? "";
    if (EXTENDABLE_OPTIONS.test(extended) || lost.has(extended.slice(extended.lastIndexOf(".") + 1))) return [];
    const source = sources.find(({ name }) => name === field.filename);
    const name = field.fullName.slice(1);
    const found = source?.outline.declarations.get(name) ?? source?.outline.declarations.get(name.toLowerCase());
    const position = found ?? { file: source?.file ?? "", line: 1, column: 1 };
    return { rule: "proto-type", message: `there is no message "${extended}" to extend`, hint: null, position };
  });
}

/** The schema's own files, and of the well-known ones those that they need. */
function withoutUnused(files: readonly ProtoFile[], own: ReadonlySet<string>): readonly ProtoFile[] {
  const homes = new Map(
    files.flatMap((file) => [...file.messages, ...file.enums].map(({ fullName }) => [fullName, file] as const)),
  );
  const used = new Set(files.filter(({ name }) => own.has(name)));
  for (const file of used) {
    for (const { type } of file.messages.flatMap(({ fields }) => fields)) {
      const home = type.kind === "scalar" ? undefined : homes.get(type.fullName);
      if (home !== undefined) used.add(home);
    }
  }
  return files.filter((file) => used.has(file));
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
