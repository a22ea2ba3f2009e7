/** Schema in, lines out: prints modules from inline `.proto` text or layouts, and brings them to life to be called. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { parseProtos } from "../../../generator/load/parse-protos.js";
import type { Layout, ProtoFile } from "../../../generator/model.js";
import { Module } from "../../../generator/print/module.js";
import {
  type JsonPlaces,
  printJsonMessages,
  printLayouts,
  printMessages,
  printScanKey,
  wireBeside,
} from "../../../generator/print/typescript/index.js";
import type { AnyBodyCodec, ScanKey } from "../../../wire/body-codec.js";
import type { LayoutCodec } from "../../../wire/layout-codec.js";
import type { Slab } from "../../../wire/slab.js";

const wire = fileURLToPath(new URL("../../../wire", import.meta.url));

/** The files of a schema whose `.proto` texts are given by file name without `.proto`. */
export function protoFilesOf(sources: Readonly<Record<string, string>>): readonly ProtoFile[] {
  return inTemporaryFolder((folder) => {
    for (const [name, text] of Object.entries(sources)) {
      const path = join(folder, "schema", `${name}.proto`);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const { files, diagnostics } = parseProtos(folder, "./**/*.proto", { file: "schema/index.ts", line: 1, column: 1 });
    if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
    return files;
  });
}

/** A proto3 file of package `test` with this content. */
export function protoFile(content: string): ProtoFile {
  return protoFilesOf({ test: `syntax = "proto3";\npackage test;\n${content}` })[0]!;
}

/** The printed lines of a proto3 file of package `test`. */
export function printedLines(content: string): string[] {
  const file = protoFile(content);
  return printMessages(file, { protoFiles: [file] }, wireBeside("../wire")).split("\n");
}

export interface LiveMessages {
  codec(name: string): AnyBodyCodec;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the module exports, by name.
  exports: any;
  newSlab(capacity?: number): Slab;
}

/** Compiles the modules of the files and loads them, with a `wire/` of their own. */
export async function liveMessages(files: readonly ProtoFile[]): Promise<LiveMessages> {
  const modules = new Map(
    files.map((file) => [`${file.name}.ts`, printMessages(file, { protoFiles: files }, wireBeside(wire))]),
  );
  const exports = await live(modules);
  return { codec: (name) => exports[name], exports, newSlab: (capacity) => new exports.Slab(capacity) };
}

const places: JsonPlaces = {
  messages: (from, { name }) => `${"../".repeat(from.name.split("/").length)}${name}.js`,
  json: (from, { name }) => `${"../".repeat(from.name.split("/").length - 1) || "./"}${name}.js`,
};

/** Compiles the messages of the files together with their JSON codecs: `<Message>Json`. */
export async function liveJson(files: readonly ProtoFile[]): Promise<LiveMessages> {
  const modules = new Map(
    files.flatMap((file) => [
      [`${file.name}.ts`, printMessages(file, { protoFiles: files }, wireBeside(wire))],
      [`json/${file.name}.ts`, printJsonMessages(file, { protoFiles: files }, wireBeside(wire), places)],
    ]),
  );
  const exports = await live(modules);
  return { codec: (name) => exports[name], exports, newSlab: (capacity) => new exports.Slab(capacity) };
}

export async function liveScanKey(file: ProtoFile, message: string, field: string): Promise<ScanKey> {
  const module = new Module(["scan"]);
  printScanKey(module, "scan", message, field, { protoFiles: [file] }, wireBeside(wire));
  const text = `${module.toString()}export { scan };\n`;
  return (await live(new Map([["scan.ts", text]]))).scan;
}

export interface LiveLayout {
  // biome-ignore lint/suspicious/noExplicitAny: a header class's own fields, by the names of the test's layout.
  codec: LayoutCodec<any>;
  newSlab(capacity?: number): Slab;
}

/** The codec of a layout, which is printed as a protocol's response. */
export async function liveLayout(layout: Layout): Promise<LiveLayout> {
  const protocol = { name: "main", request: layout, response: layout };
  const exports = await live(
    new Map([["layouts.ts", printLayouts({ protocols: [protocol], internal: layout }, wireBeside(wire))]]),
  );
  return { codec: exports.internal, newSlab: (capacity) => new exports.Slab(capacity) };
}

/** The codecs of many layouts at once, in their order. */
export async function liveLayouts(
  layouts: readonly Layout[],
  // biome-ignore lint/suspicious/noExplicitAny: as above.
): Promise<{ codecs: LayoutCodec<any>[]; newSlab(capacity?: number): Slab }> {
  const exports = await live(new Map([["layouts.ts", printedLayouts(layouts)]]));
  return {
    codecs: layouts.map((_, index) => exports[`l${index >> 1}${index % 2 === 0 ? "Request" : "Response"}`]),
    newSlab: (capacity) => new exports.Slab(capacity),
  };
}

/** The module that `liveLayouts` brings to life. */
export function printedLayouts(layouts: readonly Layout[]): string {
  const protocols = Array.from({ length: Math.ceil(layouts.length / 2) }, (_, index) => {
    const request = layouts[2 * index]!;
    return { name: `l${index}`, request, response: layouts[2 * index + 1] ?? request };
  });
  return printLayouts({ protocols, internal: null }, wireBeside(wire));
}

let loaded = 0;

// biome-ignore lint/suspicious/noExplicitAny: whatever the modules export.
async function live(modules: ReadonlyMap<string, string>): Promise<any> {
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-print-"));
  try {
    for (const [path, text] of modules) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    const all = [...modules.keys()].map((path) => `export * from "./${path}";`);
    all.push(`export { Slab } from "${wire}/slab.js";`, `export { BodyError } from "${wire}/body-error.js";`);
    writeFileSync(join(folder, "all.ts"), all.join("\n"));
    const outfile = join(folder, `all-${loaded++}.mjs`);
    await build({ entryPoints: [join(folder, "all.ts")], outfile, bundle: true, format: "esm", target: "es2022" });
    return await import(/* @vite-ignore */ pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function inTemporaryFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-protos-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
