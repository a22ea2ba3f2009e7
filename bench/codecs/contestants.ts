/** What is measured beside what: each encodes and decodes the same messages, in the way its own documentation shows. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import {
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import type { BodyCodec } from "../../wire/body-codec.js";
import type { LayoutCodec, RequestHeader } from "../../wire/layout-codec.js";
import { Slab } from "../../wire/slab.js";
import { decodeByHand, encodeByHand, type HandWrittenHeader } from "./hand-written-header.js";
import { COUNT, chineseLines, englishLines, type Line, type Step, steps } from "./values.js";

export interface Contestant {
  /** The row it belongs to: `chat`, `chat-chinese`, `movement`, `header`. */
  readonly row: string;
  readonly name: string;
  /** Encodes and decodes so often, and returns something that depends on every result. */
  run(times: number): number;
}

/** Where the suite left what it generated, beside this module's folder. */
const built = new URL("../build/codecs/", import.meta.url);

export async function contestants(): Promise<Contestant[]> {
  const ours = await import(new URL("messages.js", built).href);
  const theirs = createRequire(built)("./static.cjs").bench;
  const files = createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(new URL("descriptors", built))));
  const lineType = files.getMessage("bench.ChatLine")!;
  const stepType = files.getMessage("bench.Movement")!;
  const chat = (row: string, lines: readonly Line[]) => [
    generated(row, ours.ChatLine as BodyCodec<Line>, lines, (line) => line.text.length + line.color),
    protobufjsStatic(row, theirs.ChatLine, lines, (line) => line.text.length + line.color),
    protobufEs(row, lineType, lines, (line) => (line as unknown as Line).text.length),
    json(row, lines, (line) => line.text.length + line.color),
  ];
  return [
    ...chat("chat", englishLines),
    ...chat("chat-chinese", chineseLines),
    generated("movement", ours.Movement as BodyCodec<Step>, steps, (step) => step.x + step.heading),
    protobufjsStatic("movement", theirs.Movement, steps, (step) => step.x + step.heading),
    protobufEs("movement", stepType, steps, (step) => (step as unknown as Step).x),
    json("movement", steps, (step) => step.x + step.heading),
    ...headers((await import(new URL("layouts.js", built).href)).mainRequest),
  ];
}

/** Fails unless every contestant of the bodies' rows gives back what it was given. */
export function checked<T>(name: string, value: T, given: T): T {
  for (const key of Object.keys(given as object) as (keyof T)[]) {
    if (String(value[key]) !== String(given[key])) {
      throw new Error(`${name} made ${String(value[key])} of ${String(key)} ${String(given[key])}`);
    }
  }
  return value;
}

function generated<T>(row: string, codec: BodyCodec<T>, values: readonly T[], sum: (value: T) => number): Contestant {
  const slab = new Slab();
  const roundTrip = (value: T) => {
    slab.length = 0;
    codec.encode(value, slab);
    return codec.decode(slab, 0, slab.length);
  };
  for (const value of values) checked("generated", roundTrip(value), value);
  return {
    row,
    name: "generated",
    run(times) {
      let total = 0;
      for (let index = 0; index < times; index++) total += sum(roundTrip(values[index & (COUNT - 1)]!));
      return total;
    },
  };
}

interface StaticType<T> {
  create(value: object): object;
  encode(message: object): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

function protobufjsStatic<T extends Line | Step>(
  row: string,
  type: StaticType<T>,
  values: readonly T[],
  sum: (value: T) => number,
): Contestant {
  // It has no bigint: a number is what a program gives it that has no use for its own class of 64-bit integers.
  const messages = values.map((value) =>
    type.create("sentAt" in value ? { ...value, sentAt: Number(value.sentAt) } : value),
  );
  for (const [index, message] of messages.entries()) {
    checked("protobufjs", type.decode(type.encode(message).finish()), values[index]!);
  }
  return {
    row,
    name: "protobufjs",
    run(times) {
      let total = 0;
      for (let index = 0; index < times; index++) {
        total += sum(type.decode(type.encode(messages[index & (COUNT - 1)]!).finish()));
      }
      return total;
    },
  };
}

function protobufEs<D extends DescMessage>(
  row: string,
  type: D,
  values: readonly object[],
  sum: (value: MessageShape<D>) => number,
): Contestant {
  const messages = values.map((value) => create(type, value as never));
  for (const message of messages) checked("protobuf-es", fromBinary(type, toBinary(type, message)), message);
  return {
    row,
    name: "protobuf-es",
    run(times) {
      let total = 0;
      for (let index = 0; index < times; index++) {
        total += sum(fromBinary(type, toBinary(type, messages[index & (COUNT - 1)]!)));
      }
      return total;
    },
  };
}

/** With numbers in place of 64-bit integers, which JSON has not. */
function json<T extends Line | Step>(row: string, values: readonly T[], sum: (value: T) => number): Contestant {
  const messages = values.map((value) => ("sentAt" in value ? { ...value, sentAt: Number(value.sentAt) } : value));
  return {
    row,
    name: "json",
    run(times) {
      let total = 0;
      for (let index = 0; index < times; index++) {
        const bytes = Buffer.from(JSON.stringify(messages[index & (COUNT - 1)]!));
        total += sum(JSON.parse(bytes.toString()) as T);
      }
      return total;
    },
  };
}

/** Of frames without a body: what is behind the header costs both sides the same. */
function headers(layout: LayoutCodec<RequestHeader>): Contestant[] {
  const values = Array.from({ length: COUNT }, (_, index) => ({
    sequence: index * 101 + 1,
    timestampHigh: 411,
    timestampLow: 3_000_000_000 + index,
    messageId: 2001 + index,
    serverType: 103,
    compressed: 0,
    encrypted: 0,
  }));
  const slab = new Slab();
  const given = values.map((value) => Object.assign(layout.create(), value));
  const taken = layout.create();
  const byHand = values.map((value): HandWrittenHeader => ({ ...value, length: 0, checksum: 0 }));
  const empty = Buffer.alloc(0);
  return [
    {
      row: "header",
      name: "generated",
      run(times) {
        let total = 0;
        for (let index = 0; index < times; index++) {
          layout.encode(given[index & (COUNT - 1)]!, slab, 0, layout.size);
          if (layout.decode(taken, slab, 0, layout.size) !== 0) throw new Error("the header does not decode");
          total += taken.sequence + taken.timestampLow;
        }
        return total;
      },
    },
    {
      row: "header",
      name: "by-hand",
      run(times) {
        let total = 0;
        for (let index = 0; index < times; index++) {
          const { header } = decodeByHand(encodeByHand(byHand[index & (COUNT - 1)]!, empty));
          total += header.sequence + header.timestampLow;
        }
        return total;
      },
    },
  ];
}
