import { ConfigurationError, type Manifest } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { checkConfiguration } from "../../../runtime/operate/configuration.js";
import { manifest } from "../listeners/harbor/generated/server/index.js";

const FILE = "gatesmith.config.ts: ";
const TCP = { transport: "tcp", port: 5 };
const WEB = { transport: "websocket", port: 6 };

/** What is wrong with a connector's configuration, beside a gate on port 1; without the file's name. */
function problems(connector: object, others: object = {}, schema: Manifest = manifest): string[] {
  try {
    checkConfiguration({ servers: { gate: { port: 1 }, connector, ...others } }, schema);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    const { problems, message } = error as ConfigurationError;
    expect(message).toBe(problems.join("\n"));
    expect(problems.filter((problem) => !problem.startsWith(FILE))).toEqual([]);
    return problems.map((problem) => problem.slice(FILE.length));
  }
}

const listeners = (...all: object[]) => problems({ listeners: all });

const AT = "servers.connector.listeners.0";

describe("a listener", () => {
  it("may be of either transport, several of them, with all they can be told", () => {
    const tls = { certificate: "cert.pem", key: "key.pem" };
    const tcp = { ...TCP, protocol: "next", tls, proxyProtocol: true, advertise: "tls://play.example:{port}" };
    const paths = { "/": "main", "/v2": "next", "/a/b_c-d.e~f/": "main", "/deep/*": "next", "/*": "main" };
    const web = { ...WEB, paths, tls, trustedProxies: ["10.0.0.0/8", "::1"], advertise: "wss://play.example/" };
    expect(listeners(tcp, web)).toEqual([]);
    expect(problems({ listeners: [tcp, web], host: "::", count: 1 }, { gate: { port: 7 } })).toEqual([]);
  });

  it.each<[string, object, string]>([
    [
      "of a transport nobody knows",
      { ...TCP, transport: "udp" },
      `${AT}.transport: it should be one of websocket, tcp`,
    ],
    ["without a transport", { port: 5 }, `${AT}.transport: it is missing; one of websocket, tcp`],
    ["without a port", { transport: "tcp" }, `${AT}.port: it is missing`],
    ["with a port that is none", { ...TCP, port: 70_000 }, `${AT}.port: it should be at most 65535; it is 70000`],
    [
      "with a port in words",
      { ...TCP, port: "5" },
      `${AT}.port: it should be a whole number from 0 to 65535, in digits; it is "5"`,
    ],
    [
      "on TCP with paths",
      { ...TCP, paths: {} },
      `${AT}.paths: a tcp listener has no paths; there are transport, port, protocol, tls, proxyProtocol, advertise`,
    ],
    [
      "on TCP with trusted proxies",
      { ...TCP, trustedProxies: [] },
      expect.stringContaining(`${AT}.trustedProxies: a tcp listener has no trustedProxies; there are `),
    ],
    [
      "on WebSockets with one protocol",
      { ...WEB, protocol: "main" },
      expect.stringContaining(`${AT}.protocol: a websocket listener has no protocol; there are `),
    ],
    [
      "on WebSockets with a PROXY header",
      { ...WEB, proxyProtocol: true },
      expect.stringContaining(`${AT}.proxyProtocol: a websocket listener has no proxyProtocol; there are `),
    ],
    [
      "of an unknown protocol",
      { ...TCP, protocol: "morse" },
      `${AT}.protocol: the schema has no protocol "morse"; it has main, next, lines`,
    ],
    [
      "of a protocol that is a property of all objects",
      { ...TCP, protocol: "constructor" },
      `${AT}.protocol: the schema has no protocol "constructor"; it has main, next, lines`,
    ],
    [
      "with a path of an unknown protocol",
      { ...WEB, paths: { "/": "main", "/v2": "morse" } },
      `${AT}.paths./v2: the schema has no protocol "morse"; it has main, next, lines`,
    ],
    [
      "without any path",
      { ...WEB, paths: {} },
      `${AT}.paths: no path, and so no protocol; leave it out for every path`,
    ],
    ["with half of TLS", { ...TCP, tls: { certificate: "cert.pem" } }, `${AT}.tls.key: it is missing`],
    ["with TLS in one word", { ...TCP, tls: true }, `${AT}.tls: it should be an object; it is true`],
    [
      "with a network that is none",
      { ...WEB, trustedProxies: ["::1", "10.0.0.0/99"] },
      `${AT}.trustedProxies: "10.0.0.0/99" is no address and no CIDR block, such as 10.0.0.0/8 or ::1`,
    ],
    [
      "with one network in place of several",
      { ...WEB, trustedProxies: "::1" },
      `${AT}.trustedProxies: it should be a list; it is "::1"`,
    ],
    ["that advertises nothing", { ...TCP, advertise: "" }, `${AT}.advertise: it is empty`],
  ])("%s is one problem", (_what, listener, problem) => {
    expect(listeners(listener)).toEqual([problem]);
  });

  it.each(["", "v2", "/:room", "/a b", "/*/more", "/v2?", "//", "/v2*", "/\u6d77"])('has no path "%s"', (path) => {
    expect(listeners({ ...WEB, paths: { [path]: "main" } })).toEqual([
      `${AT}.paths: "${path}" is no path; a path is like /, /v2 or /v2/*`,
    ]);
  });
});

describe("listeners", () => {
  it("are said in one place", () => {
    const short = "servers.connector: port and advertise are short for one listener; with listeners, say them there";
    expect(problems({ listeners: [TCP], port: 6 })).toEqual([short]);
    expect(problems({ listeners: [TCP], advertise: "tcp://play.example" })).toEqual([short]);
    expect(listeners()).toEqual(["servers.connector.listeners: it should have at least 1 in it"]);
  });

  it("belong to frontends", () => {
    const none = ["servers.dock: a backend has no clients: leave out port, advertise and listeners"];
    for (const dock of [{ port: 9 }, { listeners: [TCP] }, { listeners: [TCP], port: 9 }, { advertise: "ws://x/" }]) {
      expect(problems({ port: 5 }, { dock })).toEqual(none);
    }
    expect(problems({})).toEqual(["servers.connector.port: a connector needs a port to listen on"]);
    expect(problems({ port: 5 }, { gate: {} })).toEqual(["servers.gate.port: a gate needs a port to listen on"]);
    expect(problems({ count: 0 })).toEqual([]);
  });

  it("on TCP need a protocol whose frames have an end", () => {
    const [main, next] = manifest.protocols;
    // A layout as it may stand between servers: whatever is there is the frame.
    const endless = manifest.internal;
    const schema = { ...manifest, protocols: [{ ...main!, request: endless }, next!] };
    expect(problems({ listeners: [WEB, { ...TCP, protocol: "next" }] }, {}, schema)).toEqual([]);
    expect(problems({ listeners: [TCP] }, {}, schema)).toEqual([
      `${AT}: protocol "main" cannot be spoken on TCP: its request layout has neither length nor end`,
    ]);
    const deaf = { ...manifest, protocols: [main!, { ...next!, response: endless }] };
    expect(problems({ listeners: [{ ...TCP, protocol: "next" }] }, {}, deaf)).toEqual([
      `${AT}: protocol "next" cannot be spoken on TCP: its response layout has neither length nor end`,
    ]);
  });

  it("of one server have ports of their own", () => {
    expect(listeners(TCP, { ...WEB, port: 5 })).toEqual(["two listeners of connector-1 listen on 127.0.0.1:5"]);
    expect(listeners({ ...TCP, port: 0 }, { ...WEB, port: 0 }, { ...WEB, port: 0 })).toEqual([]);
  });

  it("of several servers as well: the next instance's port is one more", () => {
    expect(problems({ count: 3, listeners: [TCP, WEB] })).toEqual([
      "connector-2 and connector-1 both listen on 127.0.0.1:6",
    ]);
    expect(problems({ count: 3, listeners: [TCP, { ...WEB, port: 8 }] })).toEqual([]);
    expect(problems({ listeners: [{ ...TCP, port: 1 }] })).toEqual([
      "connector-1 and gate-1 both listen on 127.0.0.1:1",
    ]);
    expect(problems({ count: 1_000, listeners: [{ ...TCP, port: 65_000 }] })).toEqual([
      "servers.connector: connector-537 would listen on 65536; the last port is 65535",
    ]);
  });

  it("leave their ports to nobody's health and metrics", () => {
    const operate = { port: 1 };
    expect(problems({ listeners: [TCP], operate })).toEqual(["connector-1 and gate-1 both listen on 127.0.0.1:1"]);
    expect(problems({ listeners: [TCP], operate: { port: 5 } })).toEqual([
      "two listeners of connector-1 listen on 127.0.0.1:5",
    ]);
    expect(problems({ count: 3, listeners: [TCP], operate: { port: 4 } })).toEqual([
      "connector-2 and connector-1 both listen on 127.0.0.1:5",
    ]);
    expect(problems({ listeners: [TCP], operate: { port: 1, host: "127.0.0.2" } })).toEqual([]);
    expect(problems({ listeners: [TCP], operate: { port: 0 } })).toEqual([]);
    expect(problems({ listeners: [TCP], operate: {} })[0]).toMatch(/^servers\.connector\.operate\.port: /);
  });

  it("on every address of the machine leave no port to others", () => {
    const at = (host: string, gateHost: string) =>
      problems({ host, listeners: [{ ...TCP, port: 1 }] }, { gate: { port: 1, host: gateHost } });
    expect(at("0.0.0.0", "127.0.0.1")).toEqual([
      "connector-1 and gate-1 both listen on port 1, of 0.0.0.0 and 127.0.0.1",
    ]);
    expect(at("10.0.0.1", "0.0.0.0")).toHaveLength(1);
    expect(at("::", "127.0.0.1")).toHaveLength(1);
    expect(at("::1", "::")).toHaveLength(1);
    expect(at("127.0.0.2", "127.0.0.1")).toEqual([]);
    expect(at("0.0.0.0", "::1")).toEqual([]);
  });
});

describe("limits", () => {
  it("of listeners have bounds", () => {
    const limits = (given: object) => {
      try {
        return checkConfiguration({ servers: { gate: { port: 1 }, connector: { port: 2 } }, limits: given }, manifest)
          .limits;
      } catch (error) {
        return (error as ConfigurationError).problems;
      }
    };
    expect(limits({})).toMatchObject({ helloTimeout: 10_000, frameTimeout: 10_000, frameBytes: 65_536 });
    expect(limits({ frameTimeout: 0, helloTimeout: "1s", frameBytes: 63 })).toEqual([
      `${FILE}limits.frameBytes: it should be at least 64; it is 63`,
      `${FILE}limits.helloTimeout: it should be a whole number from 1 to 3600000, in digits; it is "1s"`,
      `${FILE}limits.frameTimeout: it should be at least 1; it is 0`,
    ]);
  });
});
