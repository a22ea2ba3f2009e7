/** What a frontend's listeners are configured with, and whether the listeners of a whole configuration fit the schema and each other. */
import { isIPv6 } from "node:net";
import { z } from "zod";
import { Slab } from "../../wire/slab.js";
import { TrustedProxies } from "../frontend/client-address.js";
import type { LayoutCodec, Manifest, RequestHeader } from "../manifest.js";

export const port = z.int().min(0).max(65_535);

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
  paths: z.record(z.string(), z.string()).optional(),
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

export const listener = z.discriminatedUnion("transport", [webSocketListener, tcpListener]);

export type ListenerConfiguration = z.output<typeof listener>;

/** What a server type's configuration says of listeners. */
export interface Listening {
  readonly count: number;
  readonly host: string;
  readonly port?: number | undefined;
  readonly advertise?: string | undefined;
  readonly listeners?: readonly ListenerConfiguration[] | undefined;
  readonly operate?: { readonly host: string; readonly port: number } | undefined;
}

/** A port that a server takes. */
export interface TakenPort {
  readonly host: string;
  /** Not 0. */
  readonly port: number;
}

/** Every port that a server of the type takes: its clients', and the one for health and metrics. Those of the system's choice are left out. */
export function portsOf(listening: Listening, number: number): readonly TakenPort[] {
  const { host, operate } = listening;
  const ports = listenersOf(listening).map((listener) => ({ host, port: portOf(listener, number) }));
  if (operate !== undefined) ports.push({ host: operate.host, port: portOf(operate, number) });
  return ports.filter(({ port }) => port !== 0);
}

/** The listeners of a server type's instances; empty for a backend. */
export function listenersOf({ port, advertise, listeners }: Listening): readonly ListenerConfiguration[] {
  if (listeners !== undefined) return listeners;
  return port === undefined ? [] : [{ transport: "websocket", port, trustedProxies: [], advertise }];
}

/** The port of an instance: 0 stays 0. */
export function portOf(listener: { readonly port: number }, number: number): number {
  return listener.port === 0 ? 0 : listener.port + number - 1;
}

/** What is wrong with the listeners, one line each. */
export function listenerProblems(servers: Readonly<Record<string, Listening>>, manifest: Manifest): string[] {
  const problems: string[] = [];
  for (const { name, kind } of manifest.servers) {
    const given = servers[name]!;
    const place = `servers.${name}`;
    const listening = given.port !== undefined || given.listeners !== undefined;
    if (kind === "backend" && (listening || given.advertise !== undefined)) {
      problems.push(`${place}: a backend has no clients: leave out port, advertise and listeners`);
      continue;
    }
    if (kind !== "backend" && !listening && given.count > 0) {
      problems.push(`${place}.port: a ${kind} needs a port to listen on`);
    }
    if (given.listeners !== undefined && (given.port !== undefined || given.advertise !== undefined)) {
      problems.push(`${place}: port and advertise are short for one listener; with listeners, say them there`);
    }
    for (const [index, one] of (given.listeners ?? []).entries()) {
      problems.push(...problemsOf(one, `${place}.listeners.${index}`, manifest));
    }
  }
  return [...problems, ...portProblems(servers, manifest)];
}

function problemsOf(listener: ListenerConfiguration, place: string, manifest: Manifest): string[] {
  const names = manifest.protocols.map(({ name }) => name);
  const unknown = (what: string, protocol: string) =>
    names.includes(protocol)
      ? []
      : [`${place}.${what}: the schema has no protocol "${protocol}"; it has ${names.join(", ")}`];
  if (listener.transport === "tcp") {
    const { protocol = names[0]! } = listener;
    const spoken = manifest.protocols.find(({ name }) => name === protocol);
    if (spoken === undefined) return unknown("protocol", protocol);
    return (["request", "response"] as const)
      .filter((layout) => !cutsStreams(spoken[layout]))
      .map((layout) => {
        const why = `its ${layout} layout has neither length nor end`;
        return `${place}: protocol "${protocol}" cannot be spoken on TCP: ${why}`;
      });
  }
  const problems: string[] = [];
  if (listener.paths !== undefined && Object.keys(listener.paths).length === 0) {
    problems.push(`${place}.paths: no path, and so no protocol; leave it out for every path`);
  }
  for (const [path, protocol] of Object.entries(listener.paths ?? {})) {
    if (PATH.test(path)) problems.push(...unknown(`paths.${path}`, protocol));
    else problems.push(`${place}.paths: "${path}" is no path; a path is like /, /v2 or /v2/*`);
  }
  for (const network of listener.trustedProxies) {
    try {
      new TrustedProxies([network]);
    } catch (error) {
      problems.push(`${place}.trustedProxies: ${(error as Error).message}`);
    }
  }
  return problems;
}

/** Whether the layout says where a frame ends. Told by trying: one that does not takes whatever has arrived for a frame. */
function cutsStreams(layout: Pick<LayoutCodec<RequestHeader>, "frameLength">): boolean {
  const slab = new Slab(16);
  return [1, 2].some((bytes) => layout.frameLength(slab, 0, bytes, slab.bytes.length) !== bytes);
}

/** What needs no escape in a URL; at the end a star may stand for everything below. */
const PATH = /^(?:\/[\w.~-]+)*(?:\/\*?)?(?<=.)$/;

/** Ports beyond the last, and ports that two servers would have: the first of each, for the next ones follow from it. */
function portProblems(servers: Readonly<Record<string, Listening>>, manifest: Manifest): string[] {
  const problems: string[] = [];
  const said = new Set<string>();
  const say = (about: string, problem: string) => {
    if (!said.has(about)) problems.push(problem);
    said.add(about);
  };
  const taken = new Map<number, { readonly host: string; readonly type: string; readonly id: string }[]>();
  for (const { name, kind } of manifest.servers) {
    // A backend's listeners are another problem, and open none.
    const none = kind === "backend" ? { port: undefined, listeners: undefined } : {};
    const given = { ...servers[name]!, ...none };
    for (let number = 1; number <= given.count; number++) {
      const id = `${name}-${number}`;
      for (const { host, port } of portsOf(given, number)) {
        if (port > 65_535) say(name, `servers.${name}: ${id} would listen on ${port}; the last port is 65535`);
        const others = taken.get(port) ?? [];
        const other = others.find((one) => overlap(one.host, host));
        if (other !== undefined) {
          const who = other.id === id ? `two listeners of ${id}` : `${id} and ${other.id} both`;
          const where = other.host === host ? `${host}:${port}` : `port ${port}, of ${host} and ${other.host}`;
          say(`${name} ${other.type}`, `${who} listen on ${where}`);
        }
        others.push({ host, type: name, id });
        taken.set(port, others);
      }
    }
  }
  return problems;
}

/** Whether nobody can listen on a port of both. Names are taken as they are written. */
function overlap(one: string, other: string): boolean {
  if (one === other || one === "::" || other === "::") return true;
  return (one === "0.0.0.0" && !isIPv6(other)) || (other === "0.0.0.0" && !isIPv6(one));
}
