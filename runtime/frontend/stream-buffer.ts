/**
 * What a byte stream has delivered of a frame that is not complete. Bytes are appended, not joined anew, so that a client that sends
 * one byte at a time costs one byte at a time; and memory grows with what was sent, not with what a header promises.
 */

/** Bytes; enough for most frames' other half. */
const LEAST = 256;

export class StreamBuffer {
  bytes: Uint8Array;
  length: number;
  /** Bytes the frame needs before it is worth looking at again; at least one more than there are. */
  needed: number;

  /** Keeps a copy of `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number, needed: number) {
    this.length = end - start;
    this.needed = needed;
    this.bytes = new Uint8Array(Math.max(LEAST, this.length * 2));
    this.bytes.set(bytes.subarray(start, end));
  }

  append(chunk: Uint8Array): void {
    const length = this.length + chunk.length;
    if (length > this.bytes.length) {
      const larger = new Uint8Array(Math.max(length, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, this.length));
      this.bytes = larger;
    }
    this.bytes.set(chunk, this.length);
    this.length = length;
  }
}
