/**
 * A growable stretch of memory with one persistent `DataView`: what headers and bodies are encoded into, and decoded from.
 * In Node the bytes are a `Buffer`, whose native string methods `utf8.ts` uses; elsewhere a plain `Uint8Array`.
 */
export class Slab {
  bytes: Uint8Array;
  view: DataView;
  /** The memory itself. Asking `bytes` for it calls into the engine, which costs more than a short copy. */
  buffer: ArrayBuffer;
  /** Where the next byte goes; everything below it is written. */
  length = 0;

  constructor(capacity = 64 * 1024) {
    this.bytes = allocate(capacity);
    this.buffer = this.bytes.buffer as ArrayBuffer;
    this.view = new DataView(this.buffer);
  }

  /** Makes sure that `size` more bytes fit behind `length`. What is written stays; `bytes` and `view` may be other objects afterwards. */
  reserve(size: number): void {
    if (this.length + size > this.bytes.length) this.grow(this.length + size);
  }

  /** Appends `[start, end)` of another slab. */
  append(from: Slab, start: number, end: number): void {
    const size = end - start;
    this.reserve(size);
    const at = this.length;
    this.length = at + size;
    if (size > LONGEST_LOOP) {
      this.bytes.set(new Uint8Array(from.buffer, start, size), at);
      return;
    }
    copyWords(from.view, start, end, this.view, at);
  }

  /** Replaces the memory by one of at least `capacity` bytes, with what was written copied over. */
  private grow(capacity: number): void {
    let next = this.bytes.length * 2;
    while (next < capacity) next *= 2;
    const bytes = allocate(next);
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
    this.buffer = bytes.buffer as ArrayBuffer;
    this.view = new DataView(this.buffer);
  }
}

/** Up to so many bytes a loop over words costs less than the view that a native copy needs, and its collection. */
export const LONGEST_LOOP = 96;

/** Copies `[start, end)`, four words a step. */
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

interface BufferConstructorLike {
  allocUnsafeSlow(size: number): Uint8Array;
}

const NodeBuffer = (globalThis as { Buffer?: BufferConstructorLike }).Buffer;

// A view at offset 0 of a buffer of its own: a pooled Buffer would share its ArrayBuffer with strangers.
const allocate: (size: number) => Uint8Array =
  NodeBuffer === undefined ? (size) => new Uint8Array(size) : (size) => NodeBuffer.allocUnsafeSlow(size);
