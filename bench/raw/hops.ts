/** Messages between the two processes of the bare hop: length and connection, u32 little-endian each, then the bytes. */
import type { Socket } from "node:net";

const HEADER = 8;
/** More than a tick of the benchmark has. */
const CAPACITY = 1024 * 1024;

export class HopWriter {
  private bytes = Buffer.allocUnsafeSlow(CAPACITY);
  private view = new DataView(this.bytes.buffer);
  private length = 0;

  add(connection: number, message: Uint8Array): void {
    const { view, length } = this;
    view.setUint32(length, message.length, true);
    view.setUint32(length + 4, connection, true);
    this.bytes.set(message, length + HEADER);
    this.length = length + HEADER + message.length;
  }

  /** Everything that was added, in one write. */
  writeTo(socket: Socket): void {
    socket.write(new Uint8Array(this.bytes.buffer, 0, this.length));
    this.length = 0;
    if (socket.writableLength === 0) return;
    // The socket reads from this memory until it has written.
    this.bytes = Buffer.allocUnsafeSlow(CAPACITY);
    this.view = new DataView(this.bytes.buffer);
  }
}

export class HopReader {
  private readonly bytes = Buffer.allocUnsafeSlow(CAPACITY);
  private readonly view = new DataView(this.bytes.buffer);
  /** Where the message that has not come whole begins and ends so far. */
  private start = 0;
  private end = 0;

  /** Hands over the whole messages of what has come. Their bytes are valid until the next call. */
  take(chunk: Uint8Array, taken: (connection: number, message: Uint8Array) => void): void {
    const { bytes, view } = this;
    bytes.copyWithin(0, this.start, this.end);
    const rest = this.end - this.start;
    bytes.set(chunk, rest);
    const end = rest + chunk.length;
    let at = 0;
    while (end - at >= HEADER) {
      const next = at + HEADER + view.getUint32(at, true);
      if (next > end) break;
      taken(view.getUint32(at + 4, true), new Uint8Array(bytes.buffer, at + HEADER, next - at - HEADER));
      at = next;
    }
    this.start = at;
    this.end = end;
  }
}

/** What a socket reads into, whoever reads: a chunk costs no memory of its own. */
export const readInto = (take: (chunk: Uint8Array) => void) => ({
  buffer: Buffer.allocUnsafeSlow(256 * 1024),
  callback(length: number, buffer: Uint8Array): boolean {
    take(buffer.subarray(0, length));
    return true;
  },
});
