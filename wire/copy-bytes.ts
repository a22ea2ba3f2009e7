/**
 * Copies `from[start, end)` to `to` at `at`. The two must be different memory: within one slab use `copyWithin`.
 * A loop below the length where making a view costs more than copying by hand.
 */
export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > LONGEST_LOOP) {
    // Not `subarray`: on a Buffer it costs more than a view made from scratch.
    to.set(new Uint8Array(from.buffer, from.byteOffset + start, end - start), at);
    return;
  }
  for (let index = start; index < end; index++, at++) to[at] = from[index]!;
}

const LONGEST_LOOP = 24;

/** Up to so many bytes a loop over words costs less than the view that a native copy needs, and its collection. */
export const LONGEST_BY_WORDS = 96;

/** Copies `[start, end)` of one view to `at` of another, four words a step. */
export function copyWords(from: DataView, start: number, end: number, to: DataView, at: number): void {
  for (; start + 16 <= end; start += 16, at += 16) {
    to.setInt32(at, from.getInt32(start, true), true);
    to.setInt32(at + 4, from.getInt32(start + 4, true), true);
    to.setInt32(at + 8, from.getInt32(start + 8, true), true);
    to.setInt32(at + 12, from.getInt32(start + 12, true), true);
  }
  for (; start + 4 <= end; start += 4, at += 4) to.setInt32(at, from.getInt32(start, true), true);
  for (; start < end; start++, at++) to.setUint8(at, from.getUint8(start));
}

/** A copy of `bytes[start, end)` in memory of its own. Not `bytes.slice`: a slab's bytes are a `Buffer` in Node, whose `slice` copies nothing. */
export function copiedBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  if (end - start > LONGEST_LOOPED_COPY) {
    return new Uint8Array(new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start));
  }
  const copy = new Uint8Array(end - start);
  for (let index = start; index < end; index++) copy[index - start] = bytes[index]!;
  return copy;
}

/** The constructor copies natively, and needs only the one view. */
const LONGEST_LOOPED_COPY = 16;
