import { ConfigurationError } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { checkConfiguration } from "../../../runtime/operate/configuration.js";
import { manifest } from "../lab/generated/server/index.js";

const ports = { gate: { port: 1 }, leastGate: { port: 2 }, turnGate: { port: 3 }, connector: { port: 4 } };

/** The problems that a configuration has. */
function problems(input: unknown): readonly string[] {
  try {
    checkConfiguration(input, manifest);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
}

describe("a configuration", () => {
  it("may say next to nothing: every type runs once, within limits that are written down", () => {
    const { servers, limits, log } = checkConfiguration({ servers: ports }, manifest);
    expect(Object.keys(servers)).toEqual(manifest.servers.map(({ name }) => name));
    expect(servers.work).toMatchObject({ count: 1, host: "127.0.0.1" });
    expect(limits).toMatchObject({ inFlight: 64, strikes: 10, helloTimeout: 10_000 });
    expect(log.level).toBe("info");
  });

  it("is refused with every problem at once", () => {
    const input = { servers: { ...ports, wrok: {} }, limits: { inFlight: 0, strikes: "many" }, lgo: {} };
    const found = problems(input);
    expect(found).toHaveLength(4);
    for (const place of [
      "limits.inFlight",
      "limits.strikes",
      "lgo",
      "servers.wrok: the schema has no such server type",
    ]) {
      expect(found.some((problem) => problem.includes(place))).toBe(true);
    }
    expect(problems({ servers: { ...ports, wrok: {} } })).toEqual([
      expect.stringContaining(
        'servers.wrok: the schema has no such server type; it has gate, leastGate, turnGate, connector, work, rooms, pinned, keyed, turn, least; did you mean "work"?',
      ),
    ]);
  });

  it("gives frontends a port, and backends none", () => {
    expect(problems({ servers: { ...ports, connector: {} } })).toEqual([
      "gatesmith.config.ts: servers.connector.port: a connector needs a port to listen on",
    ]);
    expect(problems({ servers: { ...ports, connector: { count: 0 } } })).toEqual([]);
    expect(problems({ servers: { ...ports, work: { port: 5 } } })).toHaveLength(1);
  });

  it("gives no two servers the same port, and no port beyond the last", () => {
    expect(problems({ servers: { ...ports, gate: { port: 10 }, connector: { port: 9, count: 2 } } })).toEqual([
      "gatesmith.config.ts: connector-2 and gate-1 both listen on 127.0.0.1:10",
    ]);
    expect(problems({ servers: { ...ports, connector: { port: 65_535, count: 2 } } })).toHaveLength(1);
    const zero = { port: 0, count: 3 };
    expect(problems({ servers: { gate: zero, leastGate: zero, turnGate: zero, connector: zero } })).toEqual([]);
  });

  it("looks names up in its own table only", () => {
    for (const name of ["constructor", "toString"]) {
      expect(problems({ servers: { ...ports, [name]: {} } })).toHaveLength(1);
    }
  });
});
