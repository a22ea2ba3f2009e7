/** What is generated for a schema with bodies of every kind: JSON and protobuf side by side, raw ones, proto2, kept fields. */
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { generate } from "../../../generator/generate.js";
import type { Manifest } from "../../../runtime/manifest.js";
import { Slab } from "../../../wire/slab.js";
import { APPLICATION_OPTIONS, compile } from "../compile.js";
import { temporaryProject } from "../temporary-project.js";

const fixture = fileURLToPath(new URL("fixtures/bodies", import.meta.url));
const repository = fileURLToPath(new URL("../../..", import.meta.url));

let root: string;
let manifest: Manifest;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "gatesmith-bodies-"));
  cpSync(join(fixture, "schema"), join(root, "schema"), { recursive: true });
  const { diagnostics, reports } = await generate(root, { check: false });
  expect(diagnostics).toEqual([]);
  expect(reports).toEqual([]);
  const outfile = join(root, "manifest.mjs");
  await build({
    entryPoints: [join(root, "generated/server/manifest.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    alias: { "gatesmith/runtime": join(repository, "wire/generated-code.ts") },
  });
  ({ manifest } = await import(/* @vite-ignore */ pathToFileURL(outfile).href));
});

afterAll(() => rmSync(root, { recursive: true }));

const handler = (route: string) => manifest.handlers.find((each) => each.route === route)!;

function filled(text: string | Uint8Array): Slab {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const slab = new Slab(16);
  slab.reserve(bytes.length);
  slab.bytes.set(bytes);
  slab.length = bytes.length;
  return slab;
}

describe("the server", () => {
  it("compiles, with its fresh stubs", async () => {
    expect(await compile(root, APPLICATION_OPTIONS)).toBe("");
  });

  it("has codecs for each way its protocols write bodies", () => {
    const { json, request } = handler("files.disk.store");
    const message = request.create();
    message.owner = 5n;
    message.labels.set("a", { typeUrl: "x/files.deep.Stored", value: Uint8Array.of(10, 1, 97) });
    const slab = new Slab(16);
    json!.request.encode(message, slab);
    const text = Buffer.from(slab.bytes.subarray(0, slab.length)).toString();
    expect(text).toBe('{"owner":"5","labels":{"a":{"@type":"x/files.deep.Stored","id":"a"}}}');
    expect(json!.request.decode(slab, 0, slab.length)).toEqual(message);
    expect(json!.response!.name).toBe("files.deep.Stored");
    expect(handler("files.disk.touch").json!.response).toBeNull();
    expect(manifest.pushes.find(({ name }) => name === "onChange")!.json).not.toBeNull();
    expect(manifest.protocols.map(({ body }) => body)).toEqual(["json", "protobuf"]);
  });

  it("finds the same key in JSON as in protobuf, and leaves the slab as it was", () => {
    const { json, request, scanKey } = handler("files.disk.store");
    const binary = new Slab(64);
    request.encode({ ...request.create(), owner: 123456789n }, binary);
    const key = { start: 0, end: 0 };
    scanKey!(binary, 0, binary.length, key);
    const expected = Buffer.from(binary.bytes.subarray(key.start, key.end)).toString("hex");
    const text = '{"content":"AAAA","owner":"123456789"}';
    const slab = filled(text);
    json!.scanKey!(slab, 0, slab.length, key);
    expect(Buffer.from(slab.bytes.subarray(key.start, key.end)).toString("hex")).toBe(expected);
    expect(slab.length).toBe(text.length);
    expect(Buffer.from(slab.bytes.subarray(0, slab.length)).toString()).toBe(text);
    json!.scanKey!(filled("{}"), 0, 2, key);
    expect(key).toEqual({ start: 0, end: 0 });
    expect(() => json!.scanKey!(filled("{"), 0, 1, key)).toThrow("the JSON ends");
    expect(handler("json.pipe.send").json!.scanKey).toBeNull();
  });

  it("hands raw bodies on as they are, copied", () => {
    const { json, request, response } = handler("json.pipe.send");
    expect(json!.request).toBe(request);
    expect(response).toBe(request);
    const slab = filled(Uint8Array.of(9, 1, 2, 3, 9));
    const bytes = request.decode(slab, 1, 4);
    slab.bytes.fill(0xee);
    expect(bytes).toEqual(Uint8Array.of(1, 2, 3));
    expect(bytes.constructor).toBe(Uint8Array);
    slab.length = 2;
    request.encode(bytes, slab);
    expect(Buffer.from(slab.bytes.subarray(0, slab.length)).toString("hex")).toBe("eeee010203");
    expect(() => request.encode("abc", slab)).toThrow('raw(): expected a Uint8Array, got "abc"');
    expect(slab.length).toBe(5);
    expect(request.create()).toEqual(new Uint8Array(0));
    expect(manifest.remotes[0]!.request).toMatchObject({ name: "raw()" });
  });

  it("keeps unknown fields of the messages that the schema names, and of no other", () => {
    const { response } = handler("files.disk.store");
    const bytes = Buffer.from("0a0161 2206 0a0178 f83f05 f83f06".replaceAll(" ", ""), "hex");
    const slab = filled(bytes);
    const message = response!.decode(slab, 0, bytes.length);
    const again = new Slab(16);
    response!.encode(message, again);
    expect(Buffer.from(again.bytes.subarray(0, again.length)).toString("hex")).toBe("0a016122060a0178f83f05");
  });
});

describe("the client", () => {
  const program = `import { BodiesClient, type Stored } from "./client/index.js";

const client = await BodiesClient.connect({ gate: "http://127.0.0.1:3010", uid: "ann" });
const stored: Stored = await client.files.disk.store({
  owner: 1n,
  content: new Uint8Array(1),
  parts: [{ size: 5 }],
  labels: new Map(),
});
const id: string = stored.id;
const kind: 1 | 2 | undefined = stored.kind;
const bytes: Uint8Array = await client.json.pipe.send(Uint8Array.of(1));
client.json.pipe.drop(bytes);
client.files.onBytes((raw) => raw.length.toFixed());
console.log(id, kind, stored.old?.["[files.extra]"]?.more);
// @ts-expect-error: bytes are no text
client.json.pipe.drop("abc");
`;

  it("compiles alone, and speaks what its protocol does", async () => {
    const folder = temporaryProject({ "main.ts": program });
    cpSync(join(root, "generated/client-typescript"), join(folder, "client"), { recursive: true });
    const strictest = { noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true };
    const options = { module: "preserve", moduleResolution: "bundler", ...strictest, types: [] };
    expect(await compile(folder, options)).toBe("");
    expect(existsSync(join(folder, "client/json/files.ts"))).toBe(true);
  });
});
