/**
 * Every generated decoder against random and mutated bytes: bodies as protobuf and as JSON, routing keys, headers, and what cuts streams
 * into frames. None throws anything but the error it documents, what stands around the bytes makes no difference, and nothing is made
 * that is larger than what the bytes can say. `FUZZ_COUNT` inputs (1,000,000), `FUZZ_SEED`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { loadProject } from "../../generator/load/index.js";
import { wellKnownText } from "../../generator/load/well-known-protos.js";
import type { Layout, ProtoFile } from "../../generator/model.js";
import type { AnyBodyCodec } from "../../wire/body-codec.js";
import { BodyError } from "../../wire/body-error.js";
import { ErrorCode } from "../../wire/error-code.js";
import type { LayoutCodec } from "../../wire/layout-codec.js";
import { scanner } from "../../wire/scan-key.js";
import { Slab } from "../../wire/slab.js";
import { bodyOf, randomLayout, valuesOf } from "../generator/layouts/random-layout.js";
import { EVERY_SCALAR } from "../generator/print/every-scalar.js";
import { liveJson, liveLayouts, protoFilesOf } from "../generator/print/live-module.js";
import { Oracle } from "../generator/print/oracle.js";
import { wellKnownValues } from "../generator/print/well-known-values.js";
import { conformanceSources } from "../support/conformance.js";
import { Chance, likeProtobuf, mutated } from "./chance.js";
import { fuzzOptions } from "./fuzz-options.js";
import { changedJson, likeJson } from "./json-inputs.js";
import { largestAllocation, Observer, ROOM, weightOf } from "./observed.js";

const { seed, count } = fuzzOptions("decoders", 1_000_000);
const root = fileURLToPath(new URL("../..", import.meta.url));
const SHARES = { protobuf: 0.45, json: 0.3, keys: 0.05, headers: 0.2 };

/** Every so many inputs, how much a decoder allocates at once is watched as well. */
const WATCHED = 64;
/** What decoders may hold whatever comes: the slab in which an Any is written, and buffers for text. */
const SPARE = 4096;

const NEEDS = `syntax = "proto2"; package needs;
enum Kind { ONE = 1; TWO = 2; }
message Needs { required int32 number = 1; required string text = 2; repeated Needs more = 3; required Kind kind = 4;
  repeated Kind kinds = 5; repeated Kind packed = 6 [packed = true]; map<string, Kind> named = 7;
  optional group Part = 8 { optional Needs needs = 1; } }`;

interface Subject {
  readonly name: string;
  readonly codec: AnyBodyCodec;
  readonly samples: readonly Buffer[];
  /** It has so many fields that comparing two of them takes longer than anything else: it comes up less often. */
  readonly large: boolean;
  /** How many times its own size a body may become: kept fields are written anew, JSON's numbers become eight bytes. */
  readonly growth: number;
}

let observer: Observer;
let protobuf: readonly Subject[];
let json: readonly Subject[];

beforeAll(async () => {
  const sources: Record<string, string> = { ...conformanceSources(), test: EVERY_SCALAR, needs: NEEDS };
  for (const file of ["wire/control", "schema/messages/chat"]) {
    sources[file.slice(file.lastIndexOf("/") + 1)] = readFileSync(join(root, `${file}.proto`), "utf8");
  }
  // Half of them keep what they do not know.
  const keeping = ({ fullName }: { fullName: string }) => /proto3|needs|test\.(Plain|Tree|Nothing)/.test(fullName);
  const files = protoFilesOf(sources).map(
    (file): ProtoFile => ({
      ...file,
      messages: file.messages.map((each) => ({ ...each, unknownFields: keeping(each) ? "keep" : "skip" })),
    }),
  );
  const live = await liveJson(files);
  observer = new Observer(live.newSlab, live.exports.BodyError);
  const any = () => fc.constant({ typeUrl: "x/test.Part", value: Uint8Array.of(10, 1, 97) });
  const known = ["any", "duration", "field_mask", "struct", "timestamp", "wrappers"];
  const texts = known.map((name) => wellKnownText(`google/protobuf/${name}.proto`));
  const oracle = new Oracle(files, [...Object.values(sources), ...texts], wellKnownValues(any));
  const endless = /TestAllRequiredTypesProto2(\.NestedMessage)?$/;
  const messages = files.flatMap((file) => file.messages).filter(({ fullName }) => !endless.test(fullName));
  const subjects = messages.map((message) => {
    const exported = message.name.replaceAll(".", "_");
    const large = message.fields.length > 100;
    const values = fc.sample(oracle.values(message.fullName, large ? 1 : 2), { numRuns: large ? 4 : 12, seed });
    const subject = (codec: AnyBodyCodec, growth: number): Subject => ({
      name: message.fullName,
      codec,
      samples: values.map((value) => encoded(codec, value, live.newSlab)).filter(({ length }) => length < 1500),
      large,
      growth,
    });
    return [subject(live.exports[exported], 16), subject(live.exports[`${exported}Json`], 16)] as const;
  });
  protobuf = subjects.map(([subject]) => subject);
  json = subjects.map(([, subject]) => subject);
});

function encoded(codec: AnyBodyCodec, value: unknown, newSlab: (capacity: number) => Slab): Buffer {
  const slab = newSlab(64);
  codec.encode(value, slab);
  return Buffer.from(slab.bytes.subarray(0, slab.length));
}

/** Tells which input it was. */
function told(what: string, run: number, input: Uint8Array, work: () => void): void {
  try {
    work();
  } catch (error) {
    const where = `${what}, FUZZ_SEED=${seed}, input ${run}: ${Buffer.from(input).toString("hex").slice(0, 4000)}`;
    throw new Error(`${where}\n${(error as Error).message}`, { cause: error });
  }
}

/** Feeds decoders, and returns how many inputs decoded. */
function fuzz(subjects: readonly Subject[], chance: Chance, times: number, next: (subject: Subject) => Buffer): number {
  let taken = 0;
  for (let run = 0; run < times; run++) {
    let subject = chance.pick(subjects);
    if (subject.large && !chance.once(20)) subject = chance.pick(subjects);
    const input = next(subject).subarray(0, ROOM);
    told(subject.name, run, input, () => {
      const decode = (slab: Slab, start: number, end: number) => subject.codec.decode(slab, start, end);
      const once = () => observer.decode(input, chance.below(256), decode);
      let outcome = once();
      if (run % WATCHED === 0) {
        const largest = largestAllocation(() => {
          outcome = once();
        });
        if (largest > input.length * subject.growth + SPARE) throw new Error(`asked for ${largest} bytes at once`);
      }
      if (!("value" in outcome)) return;
      taken++;
      const weight = weightOf(outcome.value);
      if (weight > input.length * subject.growth) throw new Error(`made ${weight} of ${input.length} bytes`);
    });
  }
  return taken;
}

/** Milliseconds, for however many inputs on however busy a machine. */
const TIMEOUT = 600_000 + count;

describe(`${count} inputs (FUZZ_SEED=${seed})`, { timeout: TIMEOUT }, () => {
  const share = (part: keyof typeof SHARES) => Math.ceil(count * SHARES[part]);

  it("of protobuf bodies", () => {
    const chance = new Chance(seed);
    const times = share("protobuf");
    const taken = fuzz(protobuf, chance, times, ({ samples }) => {
      if (samples.length === 0 || chance.once(5)) {
        return chance.once(2) ? likeProtobuf(chance) : chance.bytes(chance.below(40));
      }
      let input = chance.pick(samples);
      for (let changes = chance.below(4); changes > 0; changes--) input = mutated(chance, input, samples);
      return input;
    });
    expect(taken).toBeGreaterThan(times / 10);
    expect(taken).toBeLessThan(times);
  });

  it("of bodies in JSON", () => {
    const chance = new Chance(seed + 1);
    const times = share("json");
    const taken = fuzz(json, chance, times, ({ samples }) => {
      if (samples.length === 0 || chance.once(8)) return likeJson(chance);
      let input = chance.pick(samples);
      for (let changes = chance.below(4); changes > 0; changes--) {
        input = chance.once(2) ? mutated(chance, input, samples) : changedJson(chance, input);
      }
      return input;
    });
    expect(taken).toBeGreaterThan(times / 10);
    expect(taken).toBeLessThan(times);
  });

  it("of routing keys", () => {
    const chance = new Chance(seed + 2);
    const kinds = ["int32", "int64", "uint32", "sint64", "bool", "enum", "string", "fixed32", "double"];
    const scanners = kinds.flatMap((kind) =>
      [0, 1, 2, 5].map((type) => scanner("test", (1 + chance.below(4)) * 8 + type, kind, chance.once(2))),
    );
    const samples = protobuf.flatMap((subject) => subject.samples.slice(0, 2));
    const keys = new Observer((capacity) => new Slab(capacity), BodyError);
    for (let run = 0; run < share("keys"); run++) {
      const scan = chance.pick(scanners);
      const input = chance.once(2) ? likeProtobuf(chance) : mutated(chance, chance.pick(samples), samples);
      told("a key", run, input, () => {
        keys.decode(input, chance.below(256), (slab, start, end) => {
          const key = { start: 0, end: 0 };
          scan(slab, start, end, key);
          if (key.end === 0) return null;
          if (key.start < start || key.end > end) throw new Error(`key from ${key.start} to ${key.end} lies outside`);
          return slab.bytes.slice(key.start, key.end).toString();
        });
      });
    }
  });

  it("of headers, and of streams that are cut into frames", async () => {
    const chance = new Chance(seed + 3);
    const layouts = [...(await familyLayouts()), ...fc.sample(randomLayout, { numRuns: 60, seed })];
    const live = await liveLayouts(layouts);
    const headers = new Observer(live.newSlab, NoError);
    const samples = layouts.map((layout, index) => frames(layout, live.codecs[index]!, live.newSlab));
    const times = share("headers");
    let taken = 0;
    for (let run = 0; run < times; run++) {
      const index = chance.below(layouts.length);
      const codec = live.codecs[index]!;
      let input = chance.once(6) ? chance.bytes(chance.below(60)) : chance.pick(samples[index]!);
      for (let changes = chance.below(3); changes > 0; changes--) input = mutated(chance, input, samples[index]!);
      input = input.subarray(0, ROOM);
      told(layouts[index]!.name, run, input, () => {
        const bound = chance.pick([1, 20, 100, 65_536]);
        const outcome = headers.decode(input, chance.below(256), (slab, start, end) => {
          const length = codec.frameLength(slab, start, end, bound);
          const header = codec.create();
          const code = codec.decode(header, slab, start, end);
          return seen(header, code, length, bound, start, end);
        });
        if ((outcome as { value: { code: number } }).value.code === ErrorCode.OK) taken++;
      });
    }
    expect(taken).toBeGreaterThan(times / 10);
    expect(taken).toBeLessThan(times);
  });
});

/** Headers are refused by a code: there is no error that they may throw. */
class NoError {}

/** The layouts of the reference schema and of the examples. */
async function familyLayouts(): Promise<Layout[]> {
  const folders = ["", "article", "journey", "mir", "pomelo", "teamtalk", "xinyue"];
  const layouts: Layout[] = [];
  for (const folder of folders) {
    const { model } = await loadProject(folder === "" ? root : join(root, "examples", folder));
    layouts.push(...model!.protocols.flatMap(({ request, response }) => [request, response]), model!.internal);
  }
  return layouts;
}

/** Some frames as the codec writes them, one after another now and then. */
// biome-ignore lint/suspicious/noExplicitAny: a header class's own fields, by random names.
function frames(layout: Layout, codec: LayoutCodec<any>, newSlab: (capacity: number) => Slab): Buffer[] {
  const slab = newSlab(16 * 1024);
  const written = fc.sample(fc.tuple(valuesOf(layout), bodyOf(layout)), { numRuns: 12, seed }).map(([values, body]) => {
    const header = Object.assign(codec.create(), values);
    const bodyStart = codec.sizeOf(header);
    slab.bytes.set(body, bodyStart);
    const end = bodyStart + body.length + codec.trailer;
    codec.encode(header, slab, 0, end);
    return Buffer.from(slab.bytes.subarray(0, end));
  });
  return [...written, Buffer.concat(written.slice(0, 3))];
}

/** What two readings must agree on. After BAD_FRAME a header's fields mean nothing. */
function seen(header: object, code: number, length: number, bound: number, start: number, end: number): object {
  if (length < -1 || length > bound) throw new Error(`a frame of ${length} bytes, and the bound is ${bound}`);
  if (code !== ErrorCode.OK && code !== ErrorCode.BAD_FRAME && code !== ErrorCode.BAD_CHECKSUM) {
    throw new Error(`decode returned ${code}`);
  }
  if (code === ErrorCode.BAD_FRAME) return { code, length };
  const { bodyStart, bodyEnd, ...fields } = header as { bodyStart: number; bodyEnd: number };
  if (!(start <= bodyStart && bodyStart <= bodyEnd && bodyEnd <= end)) {
    throw new Error(`a body from ${bodyStart} to ${bodyEnd} in a frame from ${start} to ${end}`);
  }
  return { code, length, fields: { ...fields }, bodyStart: bodyStart - start, bodyEnd: bodyEnd - start };
}
