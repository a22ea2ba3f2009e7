/** Body codecs for protocols whose bodies are JSON: what a generated reader and writer of one message make together. */
import type { BodyCodec, ScanKey } from "./body-codec.js";
import { inMessage } from "./body-read.js";
import { JsonReader } from "./json-reader.js";
import type { Slab } from "./slab.js";
import { writeUtf8 } from "./utf8-write.js";

/** How one message is read from JSON and written as JSON. `depth` counts the messages around it. */
export interface JsonMapping<T> {
  readonly read: (json: JsonReader, depth: number) => T;
  readonly write: (message: T, depth: number) => string;
}

export function jsonCodec<T>(protobuf: BodyCodec<T>, { read, write }: JsonMapping<T>): BodyCodec<T> {
  const { name, create } = protobuf;
  return {
    name,
    create,
    encode(message, slab) {
      const text = write(message, 0);
      slab.reserve(text.length * 3);
      slab.length = writeUtf8(slab.bytes, slab.length, text);
    },
    decode(slab, start, end) {
      try {
        const json = new JsonReader(slab, start, end);
        const message = read(json, 0);
        json.finish();
        return message;
      } catch (error) {
        throw inMessage(name, error);
      }
    },
  };
}

/**
 * A scanner for bodies in JSON: it finds the bytes that `scan` finds in the same message as protobuf, so that a key leads to the same
 * server whatever its client speaks. They stand in the slab behind everything else, until somebody writes there.
 */
export function jsonScanner<T>(json: BodyCodec<T>, protobuf: BodyCodec<T>, scan: ScanKey): ScanKey {
  return (slab: Slab, start, end, key) => {
    key.start = 0;
    key.end = 0;
    const message = json.decode(slab, start, end);
    const { length } = slab;
    slab.length = Math.max(length, end);
    try {
      const from = slab.length;
      protobuf.encode(message, slab);
      scan(slab, from, slab.length, key);
    } finally {
      slab.length = length;
    }
  };
}
