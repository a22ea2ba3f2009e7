/** Who a client is behind proxies: the nearest address in `X-Forwarded-For` that is not a trusted proxy's. */
import { BlockList, isIP, isIPv4, isIPv6, SocketAddress } from "node:net";

/** The networks whose word on a client's address is believed. */
export class TrustedProxies {
  private readonly list = new BlockList();

  /**
   * @param networks addresses and CIDR blocks: `10.0.0.0/8`, `::1`
   * @throws RangeError naming the entry that is neither
   */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [, address, bits] = /^([^/]*)(?:\/([0-9]{1,3}))?$/.exec(network) ?? [];
      const family = isIP(address ?? "");
      const widest = family === 4 ? 32 : 128;
      const width = bits === undefined ? widest : Number(bits);
      if (family === 0 || width > widest) {
        throw new RangeError(`"${network}" is no address and no CIDR block, such as 10.0.0.0/8 or ::1`);
      }
      this.list.addSubnet(address!, width, family === 4 ? "ipv4" : "ipv6");
    }
  }

  has(address: string): boolean {
    return isIP(address) !== 0 && this.list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
  }

  /**
   * The client's address, given who connected and what the header says: all its lines, with commas between. Entries that are no
   * addresses end the search.
   */
  client(peer: string, forwardedFor: string): string {
    let client = peer;
    for (const hop of forwardedFor.split(",").reverse()) {
      if (!this.has(client)) break;
      const address = plainAddress(withoutPort(hop.trim()));
      if (isIP(address) === 0) break;
      client = address;
    }
    return client;
  }
}

/** Some proxies name the client's port as well: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const [, v6, v4] = /^\[([^\]]*)\](?::[0-9]+)?$|^([0-9.]+):[0-9]+$/.exec(hop) ?? [];
  return v6 ?? v4 ?? hop;
}

/** One way to write each address: the shortest, and an IPv4 client of a dual-stack socket has its IPv4 address. */
export function plainAddress(text: string): string {
  if (!isIPv6(text)) return text;
  const { address } = new SocketAddress({ family: "ipv6", address: text.replace(/%.*$/, "") });
  return address.replace(/^::ffff:(?=[0-9.]+$)/, "");
}
