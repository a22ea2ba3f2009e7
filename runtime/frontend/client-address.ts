/** Who a client is behind proxies: the nearest address in `X-Forwarded-For` that is not a trusted proxy's. */
import { BlockList, isIP, isIPv4 } from "node:net";

/** The networks whose word on a client's address is believed. */
export class TrustedProxies {
  private readonly list = new BlockList();

  /**
   * @param networks addresses and CIDR blocks: `10.0.0.0/8`, `::1`
   * @throws RangeError naming the entry that is neither
   */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = "", bits] = network.split("/");
      const family = isIP(address);
      const widest = family === 4 ? 32 : 128;
      const width = bits === undefined ? widest : Number(bits);
      if (family === 0 || !Number.isInteger(width) || width < 0 || width > widest) {
        throw new RangeError(`"${network}" is no address and no CIDR block, such as 10.0.0.0/8 or ::1`);
      }
      this.list.addSubnet(address, width, family === 4 ? "ipv4" : "ipv6");
    }
  }

  has(address: string): boolean {
    return isIP(address) !== 0 && this.list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  }

  /** The client's address, given who connected and what the header says. Entries that are no addresses end the search. */
  client(peer: string, forwardedFor: string): string {
    let client = peer;
    for (const hop of forwardedFor.split(",").reverse()) {
      if (!this.has(client)) break;
      const address = plainAddress(hop.trim());
      // A zone, as in fe80::1%eth0, means nothing here, and could be of any length.
      if (isIP(address) === 0 || address.includes("%")) break;
      client = address;
    }
    return client;
  }
}

/** An IPv4 client of a dual-stack socket has its plain address. */
export function plainAddress(text: string): string {
  const short = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(text);
  if (short !== null) return short[1]!;
  const long = /^(?:0000:){5}ffff:([0-9a-f]{2})([0-9a-f]{2}):([0-9a-f]{2})([0-9a-f]{2})$/.exec(text);
  return long === null
    ? text
    : long
        .slice(1)
        .map((byte) => Number.parseInt(byte, 16))
        .join(".");
}
