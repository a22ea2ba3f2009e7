/** A WebSocket of uWebSockets.js as a frontend's session sees it. */
import type { WebSocket } from "uWebSockets.js";
import type { Timer, Timing } from "../../wire/timing.js";
import type { FrontendSocket } from "./frontend-socket.js";
import { CLOSE_GRACE } from "./listener.js";

/** Bytes of a close reason, by RFC 6455. */
const LONGEST_REASON = 123;

export class WebSocketConnection implements FrontendSocket {
  readonly remoteAddress: string;
  /** It is being closed, and what waits for the client goes first. */
  leaving = false;
  /** A closed WebSocket throws when it is used. */
  private gone = false;
  private readonly ws: WebSocket<unknown>;
  private readonly timing: Timing;
  private deadline: Timer | null = null;
  private code = 0;
  private reason = "";

  constructor(ws: WebSocket<unknown>, remoteAddress: string, timing: Timing) {
    this.ws = ws;
    this.remoteAddress = remoteAddress;
    this.timing = timing;
  }

  send(bytes: Uint8Array): boolean {
    return this.gone || this.leaving || this.ws.send(bytes, true) === 1;
  }

  buffered(): number {
    return this.gone ? 0 : this.ws.getBufferedAmount();
  }

  close(code: number, reason: string): void {
    if (this.gone || this.leaving) return;
    this.leaving = true;
    this.code = code;
    this.reason = reason;
    this.leave();
    // Once the close frame stands behind what waits, the connection could not be cut any more if the client never reads it.
    if (!this.gone) this.deadline = this.timing.after(CLOSE_GRACE, () => this.ws.close());
  }

  /** Says goodbye if nothing waits in front of it. */
  leave(): void {
    if (this.gone || this.ws.getBufferedAmount() > 0) return;
    this.ws.end(this.code, shortened(this.reason));
  }

  /** The connection is gone. */
  ended(): void {
    this.gone = true;
    this.deadline?.cancel();
  }
}

function shortened(reason: string): string {
  const bytes = Buffer.from(reason);
  // From the bytes, in which a lone surrogate is replaced: as it is it would make the frame invalid.
  if (bytes.length <= LONGEST_REASON) return bytes.toString();
  // A cut inside a character would make the frame invalid.
  return bytes
    .subarray(0, LONGEST_REASON)
    .toString()
    .replace(/\uFFFD+$/, "");
}
