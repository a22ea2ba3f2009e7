/** What the generated codec of one message looks like. */
import type { Slab } from "./slab.js";

export interface BodyCodec<T> {
  /** Full name of the message. */
  readonly name: string;
  /** Appends the message at `slab.length`. If it throws (a value of the wrong type), `slab.length` is as before. */
  encode(message: T, slab: Slab): void;
  /** Reads the message between two offsets. Throws `BodyError` (`wire/body-error.ts`) and nothing else. */
  decode(slab: Slab, start: number, end: number): T;
  /** A message with every field at its default. */
  create(): T;
}

/** A message whose type the runtime does not know. */
// biome-ignore lint/suspicious/noExplicitAny: tables hold codecs of every message; their generated users are typed.
export type AnyBodyCodec = BodyCodec<any>;

/**
 * Finds the bytes of one field's value in an encoded body without decoding the rest: the last occurrence's, or 0 and 0 when the
 * field is absent or empty. The bytes are the value's canonical ones, so that equal values have equal bytes. Throws `BodyError`
 * when the body is malformed up to or at that field.
 */
export type ScanKey = (slab: Slab, start: number, end: number, key: { start: number; end: number }) => void;
