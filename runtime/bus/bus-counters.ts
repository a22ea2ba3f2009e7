/** What one server's place on the bus counts. Plain number fields, as in `operate/counters.ts`. */
export class BusCounters {
  packetsOut = 0;
  packetsIn = 0;
  bytesOut = 0;
  bytesIn = 0;
  /** Losses noticed on links, by either end. */
  gaps = 0;
  /** What did not decode, or came from nobody known: a packet, a notice, a whole stream. */
  faults = 0;
  /** Connections that could not prove that they belong to the cluster. */
  unauthenticated = 0;
  /** Frames given up because they were larger than all that may wait on a link. */
  oversized = 0;
  /** Connections made anew, of this server to a peer or to what carries the bus. */
  reconnects = 0;
}
