/**
 * A client without manners, on a connection in memory: it sends whatever bytes it is given, straight into a frontend, and may stop
 * reading. Its socket ends as a WebSocket of uWebSockets does: `closed` is called before `close` returns.
 */
import type { Frontend } from "../../runtime/frontend/frontend.js";
import type { FrontendSocket } from "../../runtime/frontend/frontend-socket.js";
import type { FrontendSession } from "../../runtime/session/frontend-session.js";
import { helloFrame, type ResponseFrame, readResponses } from "./frames.js";

export class MemoryClient {
  readonly frames: ResponseFrame[] = [];
  /** The code it was closed with; null while it is open. */
  closeCode: number | null = null;
  closeReason = "";
  session: FrontendSession | null = null;
  private readonly frontend: Frontend;
  private reading = true;
  private unread: Buffer[] = [];

  constructor(frontend: Frontend, remoteAddress = "127.0.0.1") {
    this.frontend = frontend;
    const socket: FrontendSocket = {
      remoteAddress,
      send: (bytes) => {
        if (this.closeCode !== null) return true;
        if (this.reading) this.frames.push(...readResponses(bytes));
        else this.unread.push(Buffer.from(bytes));
        return this.reading;
      },
      buffered: () => this.unreadBytes,
      close: (code, reason) => this.end(code, reason),
    };
    this.session = frontend.opened(socket);
  }

  get unreadBytes(): number {
    return this.unread.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  send(bytes: Uint8Array): void {
    if (this.session === null) return;
    // In memory of its own, which is overwritten afterwards as a transport's is.
    const message = new Uint8Array(bytes);
    this.frontend.received(this.session, message.buffer);
    message.fill(0xdd);
  }

  /** Sends as a stream does: the bytes arrive in pieces, wherever they were cut. */
  sendChunk(bytes: Uint8Array): void {
    if (this.session === null) return;
    const chunk = new Uint8Array(bytes);
    this.frontend.receivedChunk(this.session, chunk);
    chunk.fill(0xdd);
  }

  hello(version = 1, sequence = 1): void {
    this.send(helloFrame(version, sequence));
  }

  pause(): void {
    this.reading = false;
  }

  resume(): void {
    this.reading = true;
    const { unread } = this;
    this.unread = [];
    for (const bytes of unread) this.frames.push(...readResponses(bytes));
    if (this.session !== null) this.frontend.drained(this.session);
  }

  /** The connection is lost. */
  cut(): void {
    this.end(1006, "");
  }

  /** Takes what has arrived. */
  take(): ResponseFrame[] {
    return this.frames.splice(0);
  }

  private end(code: number, reason: string): void {
    if (this.closeCode !== null) return;
    this.closeCode = code;
    this.closeReason = reason;
    const { session } = this;
    this.session = null;
    if (session !== null) this.frontend.closed(session);
  }
}
