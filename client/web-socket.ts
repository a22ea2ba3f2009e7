/** The WebSocket, of the browser or of a library, as the client's transport. */
import type { Dial } from "./client-socket.js";

/** What is needed of a WebSocket's constructor: the browser's, Node.js's and that of `ws` all fit. */
export type WebSocketConstructor = new (url: string) => WebSocketLike;

export interface WebSocketLike {
  binaryType: string;
  readonly bufferedAmount: number;
  // biome-ignore-start lint/suspicious/noExplicitAny: every implementation has event and data types of its own.
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  send(data: any): void;
  // biome-ignore-end lint/suspicious/noExplicitAny: until here.
  close(code?: number, reason?: string): void;
}

/** The server speaks text where only binary frames are spoken (RFC 6455, unsupported data). */
const UNSUPPORTED_DATA = 1003;

export function dialWebSocket(WebSocket: WebSocketConstructor): Dial {
  return (url, events) => {
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    let over = false;
    const closed = (code: number, reason: string) => {
      if (over) return;
      over = true;
      events.closed(code, reason);
    };
    socket.onopen = () => events.opened();
    socket.onmessage = ({ data }: { data: unknown }) => {
      if (over) return;
      if (typeof data !== "string") {
        events.received(new Uint8Array(data as ArrayBuffer));
        return;
      }
      closed(UNSUPPORTED_DATA, "the server sent text, where only binary frames are spoken");
      socket.close(1000);
    };
    // A close event follows every error event. Browsers say nothing in either, on purpose; libraries say why in the first.
    let failure = "";
    socket.onerror = ({ message }: { message?: string }) => {
      failure = message ?? "";
    };
    socket.onclose = ({ code, reason }: { code: number; reason: string }) => closed(code, reason || failure);
    return {
      get buffered() {
        return socket.bufferedAmount;
      },
      send: (bytes) => socket.send(bytes),
      close: (code, reason) => socket.close(code, reason),
    };
  };
}
