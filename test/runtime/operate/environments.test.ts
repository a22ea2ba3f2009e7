import { ConfigurationError, type ConfigurationInput, defineConfig, resolveConfiguration } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { manifest } from "../../../generated/server/index.js";

const FILE = "gatesmith.config.ts: ";

const configuration = defineConfig({
  bus: { driver: "ipc", folder: "/run/chat", secret: "sixteen letters or more", beat: 100, window: 900 },
  servers: { gate: { port: 3010 }, connector: { count: 2, port: 3050 } },
  limits: { inFlight: 8, strikes: 3 },
  environments: {
    production: {
      bus: { driver: "nats", servers: ["nats://10.0.0.5:4222"] },
      servers: { connector: { count: 4, host: "0.0.0.0" }, chat: { count: 6 } },
      limits: { inFlight: 16 },
    },
    faster: { bus: { beat: 50 } },
    tcp: {
      servers: {
        connector: {
          listeners: [
            { transport: "tcp", port: 4000 },
            { transport: "tcp", port: 4100 },
          ],
        },
      },
    },
    broken: { servers: { chat: { count: -1 }, gate: { port: 99_999 } } },
  },
});

const resolve = (environment?: string, variables = {}, input: unknown = configuration) =>
  resolveConfiguration(input, manifest, { environment, variables });

function problems(...args: Parameters<typeof resolve>): readonly string[] {
  try {
    resolve(...args);
    return [];
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as ConfigurationError).problems;
  }
}

describe("environments", () => {
  it("lay what they say over the rest, at every depth", () => {
    const { servers, limits } = resolve("production");
    expect(servers.connector).toMatchObject({ count: 4, host: "0.0.0.0", port: 3050 });
    expect(servers.gate).toMatchObject({ count: 1, port: 3010 });
    expect(servers.chat!.count).toBe(6);
    expect(limits).toMatchObject({ inFlight: 16, strikes: 3 });
  });

  it("take nothing from a bus of another driver, and the rest from one of the same", () => {
    expect(resolve("production").bus).toEqual({
      driver: "nats",
      servers: ["nats://10.0.0.5:4222"],
      beat: 1_000,
      window: 5_000,
    });
    expect(resolve("faster").bus).toMatchObject({ driver: "ipc", folder: "/run/chat", beat: 50, window: 900 });
  });

  it("do nothing unless they are chosen, and leave the file as it is", () => {
    const before = structuredClone(configuration);
    expect(resolve().servers.connector!.count).toBe(2);
    expect(resolve()).not.toHaveProperty("environments");
    resolve("production");
    expect(configuration).toEqual(before);
  });

  it("are chosen by GATESMITH_ENVIRONMENT, and by an option before that", () => {
    const variables = { GATESMITH_ENVIRONMENT: "production" };
    expect(resolve(undefined, variables).servers.chat!.count).toBe(6);
    expect(resolve("faster", variables).servers.chat!.count).toBe(1);
    expect(resolve(undefined, { GATESMITH_ENVIRONMENT: "" }).servers.chat!.count).toBe(1);
    expect(resolve("", variables).servers.chat!.count).toBe(6);
    expect(resolve("").servers.chat!.count).toBe(1);
  });

  it("that there are not are refused with those that there are", () => {
    expect(problems("prodution")).toEqual([
      `${FILE}environments: there is no "prodution"; there are production, faster, tcp, broken; did you mean "production"?`,
    ]);
    expect(problems("constructor")).toHaveLength(1);
    const { environments: _, ...none } = configuration;
    expect(problems("production", {}, none)).toEqual([`${FILE}environments: there is no "production"; there are none`]);
    expect(problems("odd", {}, { ...configuration, environments: { odd: 1 } })).toHaveLength(1);
  });

  it("are named when what they say is wrong", () => {
    expect(problems("broken")).toEqual([
      `${FILE}environments.broken.servers.gate.port: it should be at most 65535; it is 99999`,
      `${FILE}environments.broken.servers.chat.count: it should be at least 0; it is -1`,
    ]);
  });
});

describe("variables", () => {
  it("set any value by its path", () => {
    const { servers, limits, log, bus } = resolve("production", {
      GATESMITH_SERVERS_CONNECTOR_PORT: "4050",
      GATESMITH_SERVERS_CHAT_COUNT: "9",
      GATESMITH_SERVERS_CHAT_OPERATE_PORT: "9100",
      GATESMITH_LIMITS_IN_FLIGHT: "32",
      GATESMITH_LIMITS_HELLO_TIMEOUT: "2500",
      GATESMITH_LOG_LEVEL: "debug",
      GATESMITH_BUS_SERVERS: "nats://a:4222, nats://b:4222",
      GATESMITH_BUS_PASSWORD: "1234",
      GATESMITH_BUS_TLS_FIRST: "true",
      GATESMITH_BUS_TLS_CA: "",
      PATH: "/bin",
    });
    expect(servers.connector).toMatchObject({ port: 4050, count: 4 });
    expect(servers.chat).toMatchObject({ count: 9, operate: { port: 9100, host: "127.0.0.1" } });
    expect(limits).toMatchObject({ inFlight: 32, helloTimeout: 2_500 });
    expect(log.level).toBe("debug");
    expect(bus).toMatchObject({
      servers: ["nats://a:4222", "nats://b:4222"],
      password: "1234",
      tls: { first: true },
    });
    expect(bus).not.toHaveProperty("tls.ca");
  });

  it("may change the bus, which then takes nothing from the one below", () => {
    const { bus } = resolve(undefined, { GATESMITH_BUS_SERVERS: "nats://a:4222", GATESMITH_BUS_DRIVER: "nats" });
    expect(bus).toEqual({ driver: "nats", servers: "nats://a:4222", beat: 1_000, window: 5_000 });
  });

  it("reach into lists, up to one more element", () => {
    const port = (index: number) => `GATESMITH_SERVERS_CONNECTOR_LISTENERS_${index}_PORT`;
    const tcp = { ...configuration.environments!.tcp! };
    const input = { ...configuration, servers: { gate: { port: 1 }, connector: {} }, environments: { tcp } };
    const { servers } = resolve(
      "tcp",
      { [port(1)]: "4200", [port(2)]: "4300", GATESMITH_SERVERS_CONNECTOR_LISTENERS_2_TRANSPORT: "tcp" },
      input,
    );
    expect(servers.connector!.listeners!.map((one) => one.port)).toEqual([4_000, 4_200, 4_300]);
    expect(problems("tcp", { [port(3)]: "1" }, input)[0]).toMatch(new RegExp(`^${port(3)}: the configuration has no`));
  });

  it("that mean nothing are refused, all of them, and what was meant is said", () => {
    expect(
      problems(undefined, {
        GATESMITH_SERVERS_CONECTOR_PORT: "1",
        GATESMITH_NONSENSE: "1",
        GATESMITH_LIMITS_IN_FLIGHT: "many",
        GATESMITH_LOG_LEVEL: "loud",
      }),
    ).toEqual([
      "GATESMITH_NONSENSE: the configuration has no such value",
      'GATESMITH_SERVERS_CONECTOR_PORT: the configuration has no such value; did you mean "GATESMITH_SERVERS_CONNECTOR_PORT"?',
      'GATESMITH_LIMITS_IN_FLIGHT: it should be a whole number from 1 to 4096, in digits; it is "many"',
      'GATESMITH_LOG_LEVEL: it should be one of trace, debug, info, warn, error, silent; it is "loud"',
    ]);
    expect(problems(undefined, { GATESMITH_ENVIROMENT: "production" })).toEqual([
      'GATESMITH_ENVIROMENT: the configuration has no such value; did you mean "GATESMITH_ENVIRONMENT"?',
    ]);
  });

  it("that the chosen bus does not have are refused by their names, and may be unset", () => {
    expect(problems("production", { GATESMITH_BUS_SECRET: "x".repeat(16), GATESMITH_BUS_FOLDER: "run" })).toEqual([
      "GATESMITH_BUS_FOLDER: the nats bus has no folder; unset the variable",
      "GATESMITH_BUS_SECRET: the nats bus has no secret, since NATS has credentials of its own; unset the variable",
    ]);
  });

  it("that hold no value a number may have, or nothing, are refused in one line each", () => {
    const inFlight = (text: string) => problems(undefined, { GATESMITH_LIMITS_IN_FLIGHT: text });
    const range = "GATESMITH_LIMITS_IN_FLIGHT: it should be a whole number from 1 to 4096";
    expect(inFlight("1e9")).toEqual([`${range}, in digits; it is "1e9"`]);
    expect(inFlight("1.5")).toEqual([`${range}; it is 1.5`]);
    expect(inFlight("9".repeat(17))).toEqual([
      "GATESMITH_LIMITS_IN_FLIGHT: it should be at most 4096; it is 100000000000000000",
    ]);
    expect(problems("production", { GATESMITH_BUS_SERVERS: "," })).toEqual(["GATESMITH_BUS_SERVERS: it is empty"]);
  });

  it("that are no address of a NATS server are refused before anybody tries to connect", () => {
    const servers = (text: string) => problems("production", { GATESMITH_BUS_SERVERS: text });
    const expected = "GATESMITH_BUS_SERVERS: it should be an address like nats://10.0.0.5:4222";
    for (const wrong of ["http://10.0.0.5:4222", "10.0.0.5:x", "nats://", "nats://10.0.0.5:70000", "nats://a/b"])
      expect(servers(wrong)).toEqual([`${expected}; it is "${wrong}"`]);
    expect(servers("nats://a:1,10.0.0.5:x")).toEqual([`${expected}; it is "10.0.0.5:x"`]);
    expect(servers("nats://a:4222,tls://b,10.0.0.5:4222,[::1]:4222,localhost,nats://c:4222/")).toEqual([]);
  });

  it("that a bus lacks are named, and how to give a secret", () => {
    const bus = { servers: { gate: { port: 1 }, connector: { port: 2 } } };
    const problemsOf = (more: unknown) => problems(undefined, {}, { ...bus, bus: more });
    expect(problemsOf({ driver: "ipc", folder: "run" })).toEqual([
      `${FILE}bus.secret: it is missing; at least 16 characters, the same for every server of the cluster; GATESMITH_BUS_SECRET sets it`,
    ]);
    expect(problemsOf({ driver: "nats" })).toEqual([`${FILE}bus.servers: it is missing`]);
    expect(problemsOf({ folder: "run" })).toEqual([`${FILE}bus.driver: it is missing; one of local, ipc, nats`]);
    expect(problemsOf({ driver: "icp" })).toEqual([`${FILE}bus.driver: it should be one of local, ipc, nats`]);
    expect(problems(undefined, { GATESMITH_BUS_SECRET: "x".repeat(16) }, bus)).toEqual([
      `${FILE}bus.driver: it is missing; one of local, ipc, nats. GATESMITH_BUS_SECRET is set: choose the environment that it is for`,
    ]);
  });

  it("give a secret that is too short away to nobody", () => {
    expect(problems(undefined, { GATESMITH_BUS_SECRET: "hunter2" })).toEqual([
      "GATESMITH_BUS_SECRET: at least 16 characters, the same for every server of the cluster",
    ]);
  });

  it("that two server types share are refused", () => {
    const [gate] = manifest.servers;
    const two = { ...manifest, servers: [...manifest.servers, { ...gate!, name: "Chat" }] };
    const input: ConfigurationInput = { servers: { gate: { port: 1 }, connector: { port: 2 }, Chat: { count: 0 } } };
    expect(() => resolveConfiguration(input, two, { variables: { GATESMITH_SERVERS_CHAT_COUNT: "2" } })).toThrow(
      /^GATESMITH_SERVERS_CHAT_COUNT: this may mean servers\.chat\.count and servers\.Chat\.count/,
    );
  });
});
