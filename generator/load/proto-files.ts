/** Finds and reads the `.proto` files that a schema names, and those that they import. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { didYouMean } from "../../wire/did-you-mean.js";
import type { Diagnostic, Position } from "../model.js";
import { outlineProto, type ProtoOutline } from "./proto-outline.js";
import { WELL_KNOWN, wellKnownText } from "./well-known-protos.js";

export interface ProtoSource {
  /** Relative to the folder of `protos`, without `.proto`. */
  readonly name: string;
  /** Relative to the project's root. */
  readonly file: string;
  readonly text: string;
  readonly outline: ProtoOutline;
  /** Not a file of the schema's: it comes with every protobuf compiler. */
  readonly wellKnown: boolean;
}

/**
 * Reads what `pattern` names, relative to `schema/` in `root`, and everything imported from there. Imports are relative to the
 * pattern's folder, as with protoc's `--proto_path`. `position` is where the pattern is written.
 */
export function readProtoFiles(
  root: string,
  pattern: string,
  position: Position,
): { sources: ProtoSource[]; diagnostics: Diagnostic[] } {
  const folder = patternFolder(pattern);
  const base = join(root, "schema", folder);
  const matches = patternMatcher(pattern.slice(folder.length));
  const available = listFiles(base);
  const wanted = available.filter(matches);
  const diagnostics: Diagnostic[] = [];
  if (wanted.length === 0) {
    diagnostics.push({
      rule: "proto-files",
      message: `no file matches "${pattern}"`,
      hint: 'protos is relative to the schema\'s folder: "./messages/*.proto"',
      position,
    });
  }
  const sources = new Map<string, ProtoSource>();
  const read = (path: string): void => {
    if (sources.has(path)) return;
    const wellKnown = !available.includes(path);
    const file = wellKnown ? path : relative(root, join(base, path)).split(sep).join("/");
    const text = wellKnown ? wellKnownText(path) : readFileSync(join(base, path), "utf8").replace(/^\uFEFF/, "");
    const outline = outlineProto(file, text);
    sources.set(path, { name: path.replace(/\.proto$/, ""), file, text, outline, wellKnown });
    for (const imported of outline.imports) {
      if (available.includes(imported.path) || WELL_KNOWN.has(imported.path)) {
        read(imported.path);
        continue;
      }
      diagnostics.push({
        rule: "proto-import",
        message: `there is no "${imported.path}" to import`,
        hint:
          didYouMean(imported.path, [...available, ...WELL_KNOWN]) ??
          `imports are relative to ${relative(root, base).split(sep).join("/")}/`,
        position: imported.position,
      });
    }
  };
  for (const path of wanted) read(path);
  const order = (a: ProtoSource, b: ProtoSource) =>
    Number(a.wellKnown) - Number(b.wellKnown) || (a.name < b.name ? -1 : 1);
  return { sources: [...sources.values()].sort(order), diagnostics };
}

/** The part of a pattern before its first wildcard, up to the last slash. */
function patternFolder(pattern: string): string {
  const wildcard = pattern.indexOf("*");
  const fixed = wildcard === -1 ? pattern : pattern.slice(0, wildcard);
  return fixed.slice(0, fixed.lastIndexOf("/") + 1);
}

/** `*` stands for a part of one name, a folder `**` for any number of folders. */
function patternMatcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*/g, (wildcard) => (wildcard === "*" ? "[^/]*" : "(?:[^/]+/)*"));
  const expression = new RegExp(`^${source}$`);
  return (path) => expression.test(path);
}

/** All `.proto` files below `base`, sorted, with forward slashes. */
function listFiles(base: string): string[] {
  if (!statSync(base, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(base, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".proto") && statSync(join(base, path), { throwIfNoEntry: false })?.isFile())
    .map((path) => path.split(sep).join("/"))
    .sort();
}
