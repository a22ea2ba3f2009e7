/** Writes a link's packets, and notices between them, to one socket. */
import type { Socket } from "node:net";
import type { Outlet } from "./packet-link.js";

/** Of a packet, what stands in front of what its first field counts. */
const LENGTH_FIELD = 4;

export class SocketOutlet implements Outlet {
  /** A stream has no bound. */
  readonly largest = Number.POSITIVE_INFINITY;
  /** It has one packet at a time, which the link counts. */
  readonly backlogFrames = 0;
  readonly socket: Socket;
  private readonly written: () => void;

  /** `drained` is called when nothing is being written any more. */
  constructor(socket: Socket, drained: () => void) {
    this.socket = socket;
    this.written = () => {
      if (socket.writableLength === 0) drained();
    };
  }

  get backlog(): number {
    return this.socket.writableLength;
  }

  ownField(bytes: number): number {
    return bytes - LENGTH_FIELD;
  }

  write(packet: Uint8Array): boolean {
    this.socket.write(packet, this.written);
    return this.socket.writableLength === 0;
  }
}
