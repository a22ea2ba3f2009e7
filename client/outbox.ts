/** What one socket has to send: the frames of one tick, end to end, leave in one message. */
import { copyBytes } from "../wire/copy-bytes.js";
import type { LayoutCodec, RequestHeader } from "../wire/layout-codec.js";
import { Slab } from "../wire/slab.js";
import type { Timing } from "../wire/timing.js";
import type { ClientSocket } from "./client-socket.js";
import type { ClientDescription } from "./description.js";

/** What the server takes in one message as long as it has not said so in Welcome. */
const FIRST_LIMIT = 4096;

const INITIAL_BYTES = 1024;

/** What frames look like that a client sends. */
type FrameDescription = Pick<ClientDescription, "request" | "pair">;

export class Outbox {
  /** Bytes of the largest message the server takes; frames that would make one larger go into the next. */
  limit = FIRST_LIMIT;
  readonly #layout: LayoutCodec<RequestHeader>;
  readonly #pair: boolean;
  readonly #timing: Timing;
  readonly #socket: ClientSocket;
  readonly #header: RequestHeader;
  readonly #slab = new Slab(INITIAL_BYTES);
  #scheduled = false;
  #closed = false;

  constructor({ request, pair = false }: FrameDescription, timing: Timing, socket: ClientSocket) {
    this.#layout = request;
    this.#pair = pair;
    this.#timing = timing;
    this.#socket = socket;
    this.#header = request.create();
  }

  /** Bytes that wait here and in the socket. */
  get waiting(): number {
    return this.#slab.length + this.#socket.buffered;
  }

  /** Whether a frame with a body of so many bytes is one the server takes. */
  fits(bodyBytes: number): boolean {
    return this.#layout.sizeOf(this.#header) + bodyBytes + this.#layout.trailer <= this.limit;
  }

  /** Appends a frame whose body is `bytes[0, length)`, and sees to it that it is sent in this tick. */
  add(messageId: number, serverType: number, sequence: number, bytes: Uint8Array, length: number): void {
    const header = this.#header;
    const wallClock = this.#timing.wallClock();
    header.messageId = this.#pair ? messageId & 0xffff : messageId;
    if (this.#pair) header.service = messageId >>> 16;
    header.serverType = serverType;
    header.sequence = sequence;
    header.timestampHigh = Math.floor(wallClock / 2 ** 32);
    header.timestampLow = wallClock >>> 0;
    const size = this.#layout.sizeOf(header);
    const whole = size + length + this.#layout.trailer;
    const slab = this.#slab;
    if (slab.length > 0 && slab.length + whole > this.limit) this.flush();
    const start = slab.length;
    const end = start + whole;
    slab.reserve(whole);
    copyBytes(bytes, 0, length, slab.bytes, start + size);
    this.#layout.encode(header, slab, start, end);
    slab.length = end;
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#timing.defer(() => {
      this.#scheduled = false;
      this.flush();
    });
  }

  /** Sends what there is now. */
  flush(): void {
    const slab = this.#slab;
    if (this.#closed || slab.length === 0) return;
    const message = new Uint8Array(slab.length);
    copyBytes(slab.bytes, 0, slab.length, message, 0);
    slab.length = 0;
    this.#socket.send(message);
  }

  /** Nothing is sent from now on. */
  close(): void {
    this.#closed = true;
  }
}
