/** `gatesmith.config.ts`: which servers run, where they listen, and their limits. Checked by zod; every bound is written here. */
import { z } from "zod";
import { didYouMean } from "../../wire/did-you-mean.js";
import type { Manifest } from "../manifest.js";
import { bus } from "./bus-configuration.js";
import { FILE, problemsOf, wordsFor } from "./configuration-problems.js";
import { type ConfigurationPath, isKind, Origins, type Overlay, overlaid, valueAt, withValue } from "./environments.js";
import { listener, listenerProblems, port } from "./listener-configuration.js";
import { ENVIRONMENT_VARIABLE, readVariables, type Variables } from "./variables.js";

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
  /** Clients that a draining frontend sends elsewhere at once; more, when all of them would take half of `drainTimeout`. */
  drainBatch: z.int().min(1).max(1_000_000).default(500),
  /** Milliseconds between two batches. */
  drainInterval: milliseconds.default(500),
  /** Milliseconds for a drain. What is left then is ended. */
  drainTimeout: z.int().min(1).max(86_400_000).default(30_000),
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
  /** Where `/healthz`, `/readyz` and `/metrics` are answered. Left out: nowhere. */
  operate: z
    .strictObject({
      /** The first server's; the next ones count up. 0 lets the system choose. */
      port,
      host: z.string().min(1).default("127.0.0.1"),
    })
    .optional(),
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

type Settings = z.input<typeof configuration>;

/** What a configuration file may leave out is optional here. */
export type ConfigurationInput = Settings & {
  /** By name: what is different there. Chosen by `--environment` or `GATESMITH_ENVIRONMENT`; without either, none is. */
  readonly environments?: Readonly<Record<string, Overlay<Settings>>>;
};

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

export interface ResolveOptions {
  /** One of the file's. Left out or empty: what GATESMITH_ENVIRONMENT says among the variables, or none. */
  readonly environment?: string | undefined;
  /** The process's, where `GATESMITH_*` change single values. Default: none. */
  readonly variables?: Variables;
}

/**
 * A configuration as it is where this process runs: the file's, with an environment over it, with variables over that; checked against
 * its bounds and the schema's server types, and filled in. Throws ConfigurationError with all problems.
 */
export function resolveConfiguration(input: unknown, manifest: Manifest, options: ResolveOptions = {}): Configuration {
  const origins = new Origins();
  const names = manifest.servers.map((type) => type.name);
  const { settings, problems } = layeredSettings(input, names, options, origins);
  return check(settings, manifest, origins, problems);
}

/** What lies over what, before it is checked. `problems` are those of the variables' names. Throws ConfigurationError. */
export function layeredSettings(
  input: unknown,
  serverTypes: readonly string[],
  options: ResolveOptions,
  origins = new Origins(),
): { settings: unknown; problems: readonly string[] } {
  if (!isObject(input)) return { settings: input, problems: [] };
  const { variables = {} } = options;
  const environment = options.environment || variables[ENVIRONMENT_VARIABLE] || undefined;
  const { environments = {}, ...base } = input;
  let settings: unknown = base;
  if (environment !== undefined) {
    const overlay = environmentOf(environments, environment);
    settings = overlaid(base, overlay, origins, (path) => `${FILE}: environments.${environment}.${path.join(".")}`);
  }
  const elements = (path: ConfigurationPath) => {
    const list = valueAt(settings, path);
    return Array.isArray(list) ? list.length : 0;
  };
  const { values, problems } = readVariables(variables, configuration, serverTypes, elements);
  for (const { name, path, value } of [...values].sort((a, b) => Number(isKind(b.path)) - Number(isKind(a.path)))) {
    settings = withValue(settings, path, value);
    origins.set(path, name);
  }
  return { settings, problems };
}

/** Checks a configuration against its bounds and the schema's server types, and fills in defaults. Throws ConfigurationError. */
export function checkConfiguration(input: unknown, manifest: Manifest): Configuration {
  return resolveConfiguration(input, manifest);
}

function environmentOf(environments: unknown, name: string): unknown {
  const known = isObject(environments) ? Object.keys(environments) : [];
  if (!known.includes(name)) {
    const there = known.length === 0 ? "there are none" : `there are ${known.join(", ")}`;
    const hint = didYouMean(name, known);
    throw new ConfigurationError([
      `${FILE}: environments: there is no "${name}"; ${there}${hint === null ? "" : `; ${hint}`}`,
    ]);
  }
  const overlay = valueAt(environments, [name]);
  if (!isObject(overlay)) throw new ConfigurationError([`${FILE}: environments.${name}: it should be an object`]);
  return overlay;
}

function check(input: unknown, manifest: Manifest, origins: Origins, before: readonly string[]): Configuration {
  const parsed = configuration.safeParse(input, { reportInput: true, error: wordsFor });
  const problems = [...before, ...typeProblems(input, manifest)];
  if (!parsed.success) {
    throw new ConfigurationError([...problems, ...problemsOf(parsed.error.issues, origins)]);
  }
  const servers: Record<string, ServerConfiguration> = {};
  for (const { name } of manifest.servers) {
    servers[name] = Object.hasOwn(parsed.data.servers, name) ? parsed.data.servers[name]! : server.parse({});
  }
  problems.push(...listenerProblems(servers, manifest).map((problem) => `${FILE}: ${problem}`));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return { ...parsed.data, servers };
}

function typeProblems(input: unknown, manifest: Manifest): string[] {
  const names = manifest.servers.map((type) => type.name);
  const servers = valueAt(input, ["servers"]);
  if (!isObject(servers)) return [];
  return Object.keys(servers)
    .filter((name) => !names.includes(name))
    .map((name) => {
      const hint = didYouMean(name, names);
      const text = `the schema has no such server type; it has ${names.join(", ")}${hint === null ? "" : `; ${hint}`}`;
      return `${FILE}: servers.${name}: ${text}`;
    });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
