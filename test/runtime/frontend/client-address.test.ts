import { describe, expect, it } from "vitest";
import { plainAddress, TrustedProxies } from "../../../runtime/frontend/client-address.js";

describe("an address", () => {
  it.each([
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:ffff:c000:0201", "192.0.2.1"],
    ["0000:0000:0000:0000:0000:0000:0000:0001", "::1"],
    ["2001:0DB8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["fe80::1%eth0", "fe80::1"],
    ["::", "::"],
    ["unknown", "unknown"],
    ["", ""],
  ])("%s is written %s", (written, plain) => {
    expect(plainAddress(written)).toBe(plain);
  });
});

describe("proxies that are trusted", () => {
  const proxies = new TrustedProxies(["10.0.0.0/8", "192.0.2.7", "2001:db8:aaaa::/48", "::1"]);

  it("are those of their networks", () => {
    for (const address of ["10.1.2.3", "10.255.255.255", "192.0.2.7", "2001:db8:aaaa:1::2", "::1"]) {
      expect(`${address} ${proxies.has(address)}`).toBe(`${address} true`);
    }
    for (const address of ["11.0.0.1", "192.0.2.8", "2001:db8:aaab::1", "::2", "", "proxy"]) {
      expect(`${address} ${proxies.has(address)}`).toBe(`${address} false`);
    }
    expect(new TrustedProxies(["0.0.0.0/0"]).has("203.0.113.9")).toBe(true);
  });

  it.each([
    ["nobody is believed who is not trusted", "203.0.113.1", "198.51.100.1", "203.0.113.1"],
    ["a proxy is believed", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["the nearest that is no proxy is the client", "10.0.0.1", "198.51.100.9, 198.51.100.1", "198.51.100.1"],
    ["proxies behind proxies are passed over", "10.0.0.1", "6.6.6.6, 198.51.100.1, 192.0.2.7,10.0.0.2", "198.51.100.1"],
    ["only trusted ones: the farthest is the client", "10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"],
    ["without a header it is the proxy itself", "10.0.0.1", "", "10.0.0.1"],
    ["what is no address ends the search", "10.0.0.1", "198.51.100.1, unknown, 10.0.0.2", "10.0.0.2"],
    ["an empty entry, too", "10.0.0.1", "198.51.100.1,,10.0.0.2", "10.0.0.2"],
    ["ports are no part of it", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["nor brackets", "10.0.0.1", "[2001:db8::1]:4711, [2001:db8:aaaa::1]", "2001:db8::1"],
    ["IPv6 and IPv4 mix", "::1", "198.51.100.1, 2001:db8:aaaa::1", "198.51.100.1"],
    ["an IPv4 address in IPv6 is an IPv4 address", "::1", "198.51.100.1, ::ffff:10.0.0.1", "198.51.100.1"],
  ])("%s", (_why, peer, header, client) => {
    expect(proxies.client(peer, header)).toBe(client);
  });

  it.each(["10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0/8", "proxy.example", "", "10.0.0.0/8/8", "10.0.0.0/-1"])(
    'cannot be "%s"',
    (network) => {
      expect(() => new TrustedProxies(["::1", network])).toThrow(
        new RangeError(`"${network}" is no address and no CIDR block, such as 10.0.0.0/8 or ::1`),
      );
    },
  );
});
