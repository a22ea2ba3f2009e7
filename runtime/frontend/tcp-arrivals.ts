/** TCP connections whose clients cannot be heard yet: first comes the PROXY header, then the TLS handshake. */
import type { Socket } from "node:net";
import type { TLSSocket, Server as TlsServer } from "node:tls";
import type { Timer, Timing } from "../../wire/timing.js";
import { plainAddress } from "./client-address.js";
import { readProxyHeader } from "./proxy-protocol.js";

export interface ArrivalOptions {
  /** Every connection begins with a PROXY protocol header, and one without is closed. */
  readonly proxyProtocol: boolean;
  /** Shakes hands; it does not listen itself. Null: no TLS. */
  readonly secure: TlsServer | null;
  /** Milliseconds for header and handshake together. */
  readonly timeout: number;
  /** Connections that may be on their way at once; more are closed. */
  readonly most: number;
  readonly timing: Timing;
  /** The client may be heard. `first` is what it said already. */
  readonly arrived: (socket: Socket, address: string, first: Buffer | null) => void;
  readonly failed: (address: string, reason: string) => void;
}

interface Arrival {
  readonly socket: Socket;
  readonly deadline: Timer;
  /** The client's; until the header is read, the proxy's. */
  address: string;
  /** Its two ends, while it shakes hands. */
  ends: string;
  /** Why it ended, if it ends now. */
  reason: string;
}

export class TcpArrivals {
  private readonly options: ArrivalOptions;
  private readonly underWay = new Set<Arrival>();
  /** Those in the TLS handshake, which gives back another socket than it was given, by their ends. */
  private readonly shaking = new Map<string, Arrival>();

  constructor(options: ArrivalOptions) {
    this.options = options;
    options.secure?.on("secureConnection", (socket) => this.secured(socket));
    options.secure?.on("tlsClientError", (error, socket) => {
      const arrival = this.shaking.get(endsOf(socket));
      if (arrival !== undefined) arrival.reason = `TLS handshake: ${error.message}`;
    });
  }

  take(socket: Socket): void {
    const { proxyProtocol, secure, timeout, most, timing, arrived, failed } = this.options;
    // Whatever goes wrong with a socket ends in its close.
    socket.on("error", () => socket.destroy());
    const address = plainAddress(socket.remoteAddress ?? "");
    if (!proxyProtocol && secure === null) {
      arrived(socket, address, null);
      return;
    }
    if (this.underWay.size >= most) {
      failed(address, `${most} connections are in their handshake already`);
      socket.destroy();
      return;
    }
    const deadline = timing.after(timeout, () => {
      arrival.reason = `no PROXY header and no TLS handshake within ${timeout} ms`;
      socket.destroy();
    });
    const arrival: Arrival = { socket, deadline, address, ends: "", reason: "the connection was lost" };
    this.underWay.add(arrival);
    socket.once("close", () => {
      if (this.settle(arrival)) failed(arrival.address, arrival.reason);
    });
    if (proxyProtocol) this.readHeader(arrival);
    else this.shake(arrival);
  }

  /** Closes all that are under way. */
  drop(): void {
    for (const arrival of this.underWay) {
      arrival.reason = "the server is stopping";
      arrival.socket.destroy();
    }
  }

  private readHeader(arrival: Arrival): void {
    const { socket } = arrival;
    let received: Buffer = Buffer.alloc(0);
    const read = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const header = readProxyHeader(received);
      if (header.kind === "more") return;
      socket.off("data", read);
      if (header.kind === "bad") {
        arrival.reason = header.reason;
        socket.destroy();
        return;
      }
      arrival.address = header.address ?? arrival.address;
      const rest = received.subarray(header.bytes);
      if (this.options.secure === null) {
        this.settle(arrival);
        this.options.arrived(socket, arrival.address, rest);
        return;
      }
      // Given back, so that the handshake finds it.
      socket.pause();
      if (rest.length > 0) socket.unshift(rest);
      this.shake(arrival);
    };
    socket.on("data", read);
  }

  private shake(arrival: Arrival): void {
    arrival.ends = endsOf(arrival.socket);
    this.shaking.set(arrival.ends, arrival);
    this.options.secure!.emit("connection", arrival.socket);
  }

  private secured(socket: TLSSocket): void {
    socket.on("error", () => socket.destroy());
    const arrival = this.shaking.get(endsOf(socket));
    if (arrival === undefined || !this.settle(arrival)) {
      socket.destroy();
      return;
    }
    this.options.arrived(socket, arrival.address, null);
  }

  /** It has arrived, or is gone. False: that was known. */
  private settle(arrival: Arrival): boolean {
    arrival.deadline.cancel();
    if (this.shaking.get(arrival.ends) === arrival) this.shaking.delete(arrival.ends);
    return this.underWay.delete(arrival);
  }
}

/** No two connections of a listener have the same two ends at a time. */
function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
