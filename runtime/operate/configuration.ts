/** `gatesmith.config.ts`: which servers run, where they listen, and their limits. Checked by zod; every bound is written here. */
import { z } from "zod";
import type { Manifest } from "../manifest.js";
import { bus } from "./bus-configuration.js";
import { listener, listenerProblems, port } from "./listener-configuration.js";

const FILE = "gatesmith.config.ts";

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
  listeners: z.array(listener).min(1).optional(),
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
  const parsed = configuration.safeParse(input, { reportInput: true });
  if (!parsed.success) throw new ConfigurationError(parsed.error.issues.map(problemOf));
  const problems: string[] = [];
  const names = manifest.servers.map((type) => type.name);
  for (const name of Object.keys(parsed.data.servers)) {
    if (!names.includes(name)) {
      problems.push(`${FILE}: servers.${name}: the schema has no such server type; it has ${names.join(", ")}`);
    }
  }
  const servers: Record<string, ServerConfiguration> = {};
  for (const { name } of manifest.servers) {
    servers[name] = Object.hasOwn(parsed.data.servers, name) ? parsed.data.servers[name]! : server.parse({});
  }
  problems.push(...listenerProblems(servers, manifest).map((problem) => `${FILE}: ${problem}`));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...parsed.data, servers };
}

function problemOf({ path, message, input }: z.core.$ZodIssue): string {
  const place = path.join(".") || "the whole file";
  // A larger value is named by its place.
  const scalar = typeof input === "string" || typeof input === "number" || typeof input === "boolean";
  return `${FILE}: ${place}: ${message}${scalar ? `; it is ${JSON.stringify(input)}` : ""}`;
}
