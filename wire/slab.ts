/**
 * A growable stretch of memory with one persistent `DataView`: what headers and bodies are encoded into, and decoded from.
 * In Node the bytes are a `Buffer`, whose native string methods `utf8.ts` uses; elsewhere a plain `Uint8Array`.
 */
import { copyWords, LONGEST_BY_WORDS } from "./copy-bytes.js";

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
    if (size > LONGEST_BY_WORDS) {
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

interface BufferConstructorLike {
  allocUnsafeSlow(size: number): Uint8Array;
}

const NodeBuffer = (globalThis as { Buffer?: BufferConstructorLike }).Buffer;

// A view at offset 0 of a buffer of its own: a pooled Buffer would share its ArrayBuffer with strangers.
const allocate: (size: number) => Uint8Array =
  NodeBuffer === undefined ? (size) => new Uint8Array(size) : (size) => NodeBuffer.allocUnsafeSlow(size);
