/** A client without manners on a real WebSocket: it sends whatever bytes it is given, and keeps what comes back. */
import { WebSocket } from "ws";
import { helloFrame, Id, pingFrame, type ResponseFrame, readResponses } from "./frames.js";

export interface Closed {
  readonly code: number;
  readonly reason: string;
}

export class RawClient {
  readonly socket: WebSocket;
  /** Frames that nobody has taken yet, oldest first. */
  readonly frames: ResponseFrame[] = [];
  readonly closed: Promise<Closed>;
  /** Null while the connection is open. */
  end: Closed | null = null;
  private waiting: (() => void)[] = [];

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (message: Buffer) => {
      this.frames.push(...readResponses(message));
      this.wake();
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        this.end = { code, reason: reason.toString() };
        resolve(this.end);
        this.wake();
      });
    });
  }

  /** Resolves once the WebSocket is open; nothing has been said on it. */
  static async connect(url: string): Promise<RawClient> {
    const client = new RawClient(new WebSocket(url, { perMessageDeflate: false }));
    await new Promise<void>((resolve, reject) => {
      client.socket.once("open", resolve);
      client.socket.once("error", reject);
    });
    return client;
  }

  /** Connects and says Hello. */
  static async open(url: string): Promise<RawClient> {
    const client = await RawClient.connect(url);
    client.send(helloFrame());
    await client.next((frame) => frame.messageId === Id.HELLO);
    return client;
  }

  send(...frames: Uint8Array[]): void {
    this.socket.send(Buffer.concat(frames));
  }

  /** The oldest frame that fits, removed; waits for it. Throws when the connection ends without one. */
  async next(fits: (frame: ResponseFrame) => boolean = () => true): Promise<ResponseFrame> {
    for (;;) {
      const index = this.frames.findIndex(fits);
      if (index >= 0) return this.frames.splice(index, 1)[0]!;
      if (this.end !== null) throw new Error(`closed with ${this.end.code} ${this.end.reason} before the frame came`);
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** The answer to a sequence number, removed. */
  answer(sequence: number): Promise<ResponseFrame> {
    return this.next((frame) => frame.sequence === sequence && !isPush(frame));
  }

  /** Waits until everything sent before has been dealt with. */
  async ping(): Promise<void> {
    this.send(pingFrame());
    await this.next((frame) => frame.messageId === Id.PING);
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private wake(): void {
    for (const look of this.waiting.splice(0)) look();
  }
}

export function isPush({ messageId }: ResponseFrame): boolean {
  return messageId >= Id.ON_CHAT && messageId <= Id.ON_LEAVE;
}
