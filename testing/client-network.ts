/** The network between one client and the cluster: what a test may do to it. */
import type { ClientSocket, Dial, SocketEvents } from "../client/client-socket.js";
import type { SocketReceiver } from "../runtime/frontend/socket-receiver.js";
import type { Timing } from "../wire/timing.js";
import { MemoryConnection } from "./memory-connection.js";

/** Nobody listens at the address; what a WebSocket reports of a refused connection (RFC 6455). */
const ABNORMAL = 1006;

export interface ClientNetworkOptions {
  readonly timing: Timing;
  /** Who listens at an address. */
  readonly find: (url: string) => SocketReceiver | undefined;
  /** The client's address as a server sees it. */
  readonly address: string;
}

export class ClientNetwork {
  /** Opens connections in memory; the option `dial` of a client. */
  readonly dial: Dial;
  private readonly connections: MemoryConnection[] = [];

  constructor({ timing, find, address }: ClientNetworkOptions) {
    this.dial = (url, events) => {
      const receiver = find(url);
      if (receiver === undefined) return refused(timing, url, events);
      const connection = new MemoryConnection(timing, receiver, events, address);
      this.connections.push(connection);
      return connection.client;
    };
  }

  /** Connections the client has opened so far. */
  get opened(): number {
    return this.connections.length;
  }

  /** Messages of the transport that have reached the client; one may carry several frames. */
  get received(): number {
    return this.connections.reduce((sum, connection) => sum + connection.received, 0);
  }

  /** The client stops reading. What servers send waits in their sockets, as with a slow client. */
  pause(): void {
    this.connections.at(-1)?.pause();
  }

  /** The client reads again, from where it stopped. */
  resume(): void {
    this.connections.at(-1)?.resume();
  }

  /** The connection breaks; both ends notice, and what was under way is lost. */
  cut(): void {
    this.connections.at(-1)?.cut();
  }

  /** Nothing gets through any more, and neither end is told: what a lost network looks like until somebody's patience ends. */
  freeze(): void {
    this.connections.at(-1)?.freeze();
  }
}

function refused(timing: Timing, url: string, events: SocketEvents): ClientSocket {
  timing.defer(() => events.closed(ABNORMAL, `nobody listens at ${url}`));
  return { buffered: 0, send() {}, close() {} };
}
