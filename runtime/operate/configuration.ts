/** `gatesmith.config.ts`: which servers run, where they listen, and their limits. Checked by zod; every bound is written here. */
import { z } from "zod";
import type { Manifest } from "../manifest.js";
import { bus } from "./bus-configuration.js";

const port = z.int().min(0).max(65_535);
const milliseconds = z.int().min(1).max(3_600_000);

const limits = z.strictObject({
  /** Sessions on one frontend. */
  sessions: z.int().min(1).max(1_000_000).default(20_000),
  /** Requests of one session that may wait for answers. */
  inFlight: z.int().min(1).max(4_096).default(64),
  /** Bytes of one transport message from a client. */
  frameBytes: z.int().min(64).max(16_777_216).default(65_536),
  /** Bytes that may wait to be sent to one session. */
  sessionBytes: z.int().min(1_024).max(268_435_456).default(1_048_576),
  /** Bytes that may wait on one link between two servers. */
  linkBytes: z.int().min(65_536).max(1_073_741_824).default(16_777_216),
  /** Faulty frames after which a connection is closed. */
  strikes: z.int().min(1).max(1_000_000).default(10),
  /** Milliseconds from connecting to Hello. */
  helloTimeout: milliseconds.default(10_000),
  /** Milliseconds from a frame's first byte to its last, on a stream. */
  frameTimeout: milliseconds.default(10_000),
});

const tls = z.strictObject({
  /** Path of a PEM file: the certificate and its chain. Read again when it changes. */
  certificate: z.string().min(1),
  /** Path of a PEM file. */
  key: z.string().min(1),
});

const webSocketListener = z.strictObject({
  transport: z.literal("websocket"),
  /** Port of the first instance; the next ones count up. 0 lets the system choose. */
  port,
  /** Protocol by path: `{ "/": "main", "/v2": "next" }`. Default: the schema's first protocol at every path. */
  paths: z.record(z.string().startsWith("/"), z.string()).optional(),
  tls: tls.optional(),
  /** Proxies whose `X-Forwarded-For` is believed: addresses and CIDR blocks. */
  trustedProxies: z.array(z.string()).default([]),
  /** What clients are told to connect to, with `{port}` for the instance's port. Default: made of transport, host and port. */
  advertise: z.string().min(1).optional(),
});

const tcpListener = z.strictObject({
  transport: z.literal("tcp"),
  port,
  /** Default: the schema's first protocol. */
  protocol: z.string().optional(),
  tls: tls.optional(),
  /** Connections come through a proxy that speaks the PROXY protocol, version 1 or 2, and none come without. */
  proxyProtocol: z.boolean().default(false),
  advertise: z.string().min(1).optional(),
});

const server = z.strictObject({
  /** Instances. */
  count: z.int().min(0).max(1_024).default(1),
  /** Address that frontends listen on. */
  host: z.string().min(1).default("127.0.0.1"),
  /** Short for one listener: WebSockets on this port, the schema's first protocol at every path. */
  port: port.optional(),
  /** Goes with `port`. */
  advertise: z.string().min(1).optional(),
  /** All listeners of a frontend. Clients are sent to the first, unless they ask the gate for another's protocol. */
  listeners: z
    .array(z.discriminatedUnion("transport", [webSocketListener, tcpListener]))
    .min(1)
    .optional(),
});

const configuration = z.strictObject({
  /** What carries frames between servers: `local` while all of them run in one process. */
  bus: bus.default({ driver: "local" }),
  /** By server type. A type that is not named runs once. */
  servers: z.record(z.string(), server.prefault({})).default({}),
  limits: limits.prefault({}),
  log: z
    .strictObject({ level: z.enum(["trace", "debug", "info", "warn", "error", "silent"]).default("info") })
    .prefault({}),
});

export type Limits = z.output<typeof limits>;
export type ListenerConfiguration = z.output<typeof webSocketListener> | z.output<typeof tcpListener>;
export type ServerConfiguration = z.output<typeof server>;
export type Configuration = z.output<typeof configuration>;
/** What a configuration file may leave out is optional here. */
export type ConfigurationInput = z.input<typeof configuration>;

/** Gives a configuration file its types. */
export function defineConfig(input: ConfigurationInput): ConfigurationInput {
  return input;
}

/** The configuration is not usable; `problems` has one line each, with the path, the value and the bound. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Checks a configuration against its bounds and the schema's server types, and fills in defaults. Throws ConfigurationError. */
export function checkConfiguration(input: unknown, manifest: Manifest): Configuration {
  const parsed = configuration.safeParse(input);
  if (!parsed.success) {
    throw new ConfigurationError(
      parsed.error.issues.map(
        (issue) => `gatesmith.config.ts: ${issue.path.join(".") || "the whole file"}: ${issue.message}`,
      ),
    );
  }
  const problems: string[] = [];
  const names = manifest.servers.map((type) => type.name);
  for (const name of Object.keys(parsed.data.servers)) {
    if (!names.includes(name)) {
      problems.push(
        `gatesmith.config.ts: servers.${name}: the schema has no such server type; it has ${names.join(", ")}`,
      );
    }
  }
  const servers: Record<string, ServerConfiguration> = {};
  for (const type of manifest.servers) {
    const given = Object.hasOwn(parsed.data.servers, type.name) ? parsed.data.servers[type.name]! : server.parse({});
    servers[type.name] = given;
    const place = `gatesmith.config.ts: servers.${type.name}`;
    const listening = given.port !== undefined || given.listeners !== undefined;
    if (type.kind === "backend" && listening) {
      problems.push(`${place}: a backend has no clients: leave out port and listeners`);
    }
    if (type.kind !== "backend" && !listening && given.count > 0) {
      problems.push(`${place}.port: a ${type.kind} needs a port to listen on`);
    }
    if (given.listeners !== undefined && (given.port !== undefined || given.advertise !== undefined)) {
      problems.push(`${place}: port and advertise are short for one listener; with listeners, say them there`);
    }
    problems.push(...unknownProtocols(place, listenersOf(given), manifest));
  }
  problems.push(...portClashes(servers, manifest));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...parsed.data, servers };
}

/** The listeners of a server type's instances; empty for a backend. */
export function listenersOf(configuration: ServerConfiguration): readonly ListenerConfiguration[] {
  if (configuration.listeners !== undefined) return configuration.listeners;
  const { port, advertise } = configuration;
  return port === undefined ? [] : [{ transport: "websocket", port, trustedProxies: [], advertise }];
}

/** The port of an instance's listener: 0 stays 0. */
export function portOf(listener: ListenerConfiguration, number: number): number {
  return listener.port === 0 ? 0 : listener.port + number - 1;
}

function unknownProtocols(place: string, listeners: readonly ListenerConfiguration[], manifest: Manifest): string[] {
  const names = manifest.protocols.map((protocol) => protocol.name);
  const used = listeners.flatMap((listener) => {
    if (listener.transport === "websocket") return Object.values(listener.paths ?? {});
    return listener.protocol === undefined ? [] : [listener.protocol];
  });
  return used
    .filter((name) => !names.includes(name))
    .map((name) => `${place}: the schema has no protocol "${name}"; it has ${names.join(", ")}`);
}

function portClashes(servers: Readonly<Record<string, ServerConfiguration>>, manifest: Manifest): string[] {
  const taken = new Map<string, string>();
  const problems: string[] = [];
  for (const type of manifest.servers) {
    const configuration = servers[type.name]!;
    for (let number = 1; number <= configuration.count; number++) {
      const id = `${type.name}-${number}`;
      for (const listener of listenersOf(configuration)) {
        const port = portOf(listener, number);
        if (port === 0) continue;
        const address = `${configuration.host}:${port}`;
        const other = taken.get(address);
        if (port > 65_535) problems.push(`gatesmith.config.ts: servers.${type.name}: ${id} would listen on ${port}`);
        if (other !== undefined) problems.push(`gatesmith.config.ts: ${id} and ${other} both listen on ${address}`);
        taken.set(address, id);
      }
    }
  }
  return problems;
}
