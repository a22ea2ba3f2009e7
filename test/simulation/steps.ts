/** The steps of a schedule as plain data, and how fast-check makes them. What a step names by a number is taken modulo what there is. */
import fc from "fast-check";
import type { Way } from "./simulated-client.js";
import type { ClusterShape } from "./simulated-cluster.js";

export type Step =
  | { readonly do: "connect" | "close" | "cut client" | "stop reading" | "read on"; readonly client: number }
  | {
      readonly do: "send";
      readonly client: number;
      readonly way: Way;
      readonly command: string;
      readonly argument: string;
    }
  /** All clients ask for one uid at once. */
  | { readonly do: "race"; readonly uid: string; readonly conflict: string }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "delay"; readonly most: number }
  | { readonly do: "cut"; readonly from: number; readonly to: number; readonly both: boolean }
  | { readonly do: "cut off"; readonly server: number }
  | { readonly do: "heal" }
  /** `through`: nothing else happens until it goes on. */
  | { readonly do: "pause"; readonly server: number; readonly ms: number; readonly through: boolean }
  | { readonly do: "kill" | "restart" | "drain" | "stop"; readonly server: number }
  | { readonly do: "add"; readonly type: string }
  /** A server that is home of channels is killed, unless it is the last one; `again`: it starts again at once. */
  | { readonly do: "fell"; readonly home: number; readonly again: boolean }
  /** All clients publish in a channel, one after the other, several times. */
  | { readonly do: "all talk"; readonly channel: string; readonly rounds: number }
  /** A server that is home of channels drains, unless it is the last one. */
  | { readonly do: "send off"; readonly home: number }
  /** A connector drains, and a client asks for a uid meanwhile. */
  | { readonly do: "move homes"; readonly server: number; readonly uid: string }
  /** Everything heals, and all promises are held against what is there. */
  | { readonly do: "come to rest" };

export interface Schedule {
  readonly shape: ClusterShape;
  readonly steps: readonly Step[];
}

const CLIENTS = 4;

/** Steps of a schedule; more where they are short ones. */
const MOST_STEPS = 40;
const MOST_DEATHS = 100;

const client = fc.nat({ max: CLIENTS - 1 });
const server = fc.nat({ max: 11 });
const uid = fc.constantFrom("ann", "bob");
const channel = fc.constantFrom("lobby", "attic");
const conflict = fc.constantFrom("kick-old", "kick-old", "reject-new", "allow", "allow");

/** A command and its argument. */
const said: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(["echo", ""] as const) },
  { weight: 2, arbitrary: fc.constantFrom(10, 200, 900, 3_000).map((ms) => ["slow", String(ms)] as const) },
  { weight: 1, arbitrary: fc.constant(["throw", ""] as const) },
  { weight: 3, arbitrary: channel.map((name) => ["join", name] as const) },
  { weight: 1, arbitrary: channel.map((name) => ["leave", name] as const) },
  { weight: 4, arbitrary: channel.map((name) => ["publish", name] as const) },
  { weight: 1, arbitrary: channel.map((name) => ["members", name] as const) },
  { weight: 2, arbitrary: uid.map((name) => ["user", name] as const) },
  { weight: 1, arbitrary: fc.constant(["everyone", ""] as const) },
  { weight: 1, arbitrary: uid.map((name) => ["kickUser", name] as const) },
  { weight: 1, arbitrary: uid.map((name) => ["call", name] as const) },
  { weight: 2, arbitrary: fc.constant(["callRooms", ""] as const) },
);

/** What connectors do too. */
const saidToAll: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(uid, conflict).map(([name, policy]) => ["bind", `${name}/${policy}`] as const) },
  { weight: 2, arbitrary: fc.constant(["unbind", ""] as const) },
  { weight: 2, arbitrary: fc.constant(["update", ""] as const) },
  { weight: 1, arbitrary: fc.constant(["kick", ""] as const) },
);

const send = (way: fc.Arbitrary<Way>, what: fc.Arbitrary<readonly [string, string]>): fc.Arbitrary<Step> =>
  fc
    .tuple(client, way, what)
    .map(([client, way, [command, argument]]) => ({ do: "send", client, way, command, argument }));

/** In order, so that what it joins and leaves is in that order everywhere. */
const ordered = new Set(["join", "leave"]);

interface Weighted {
  readonly weight: number;
  readonly arbitrary: fc.Arbitrary<Step>;
}

/** What clients do, and what every network does to them. */
const clients: readonly Weighted[] = [
  { weight: 8, arbitrary: client.map((client): Step => ({ do: "connect", client })) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom("close", "cut client", "stop reading", "read on"), client)
      .map(([what, client]): Step => ({ do: what, client })),
  },
  { weight: 6, arbitrary: send(fc.constant("own"), saidToAll) },
  { weight: 3, arbitrary: send(fc.constant("ask"), saidToAll) },
  { weight: 2, arbitrary: fc.tuple(uid, conflict).map(([uid, conflict]): Step => ({ do: "race", uid, conflict })) },
  {
    weight: 16,
    arbitrary: send(fc.constantFrom("ask", "ask", "ask", "free", "alone", "tell"), said).map(
      (one): Step => (one.do === "send" && ordered.has(one.command) ? { ...one, way: "ask" } : one),
    ),
  },
  {
    weight: 10,
    arbitrary: fc.constantFrom(1, 5, 20, 100, 500, 1_500, 3_000, 6_000).map((ms): Step => ({ do: "wait", ms })),
  },
  { weight: 1, arbitrary: fc.constantFrom(5, 50, 400, 1_500).map((most): Step => ({ do: "delay", most })) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: "come to rest" }) },
];

/** What befalls servers. */
const faults: readonly Weighted[] = [
  {
    weight: 2,
    arbitrary: fc.tuple(server, server, fc.boolean()).map(([from, to, both]): Step => ({ do: "cut", from, to, both })),
  },
  { weight: 1, arbitrary: server.map((server): Step => ({ do: "cut off", server })) },
  { weight: 2, arbitrary: fc.constant<Step>({ do: "heal" }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(server, fc.constantFrom(300, 2_500, 7_000, 20_000), fc.boolean())
      .map(([server, ms, through]): Step => ({ do: "pause", server, ms, through })),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom("kill", "restart", "drain", "stop"), server)
      .map(([what, server]): Step => ({ do: what, server })),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(server, fc.constantFrom("ann", "bob", "cat", "dan"))
      .map(([server, uid]): Step => ({ do: "move homes", server, uid })),
  },
  { weight: 1, arbitrary: fc.constantFrom("work", "connector").map((type): Step => ({ do: "add", type })) },
];

/** One home of channels dies upon another, and members talk meanwhile. */
const deaths: readonly Weighted[] = [
  { weight: 4, arbitrary: fc.tuple(server, fc.boolean()).map(([home, again]): Step => ({ do: "fell", home, again })) },
  { weight: 1, arbitrary: server.map((home): Step => ({ do: "send off", home })) },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "add", type: "work" }) },
  {
    weight: 20,
    arbitrary: send(
      fc.constantFrom("ask", "free", "tell"),
      channel.map((name) => ["publish", name]),
    ),
  },
  {
    weight: 6,
    arbitrary: fc
      .tuple(channel, fc.integer({ min: 1, max: 4 }))
      .map(([channel, rounds]): Step => ({ do: "all talk", channel, rounds })),
  },
  {
    weight: 3,
    arbitrary: send(
      fc.constant("ask"),
      channel.map((name) => ["join", name]),
    ),
  },
  {
    weight: 1,
    arbitrary: send(
      fc.constant("ask"),
      channel.map((name) => ["leave", name]),
    ),
  },
  { weight: 2, arbitrary: client.map((client): Step => ({ do: "connect", client })) },
  { weight: 12, arbitrary: fc.constantFrom(1, 5, 20, 100, 400, 1_000, 2_500).map((ms): Step => ({ do: "wait", ms })) },
  { weight: 1, arbitrary: fc.constantFrom(5, 50, 400).map((most): Step => ({ do: "delay", most })) },
];

const among = (steps: readonly Weighted[], most = MOST_STEPS) =>
  fc.array(fc.oneof(...steps), { minLength: 1, maxLength: most, size: "max" });

/** `works`: servers that are homes of channels, at the least and at most. */
const schedulesOf = (steps: fc.Arbitrary<Step[]>, works: readonly [number, number]): fc.Arbitrary<Schedule> =>
  fc.record({
    shape: fc.record({
      // Not shrunk: another seed is another course of time.
      seed: fc.noShrink(fc.integer({ min: 1, max: 0x7fff_ffff })),
      connectors: fc.integer({ min: 2, max: 3 }),
      works: fc.integer({ min: works[0], max: works[1] }),
      rooms: fc.constant(1),
      clients: fc.constant(CLIENTS),
    }),
    steps,
  });

// Where servers only do their work, more is promised.
export const schedules = schedulesOf(
  fc.oneof({ weight: 2, arbitrary: among([...clients, ...faults]) }, { weight: 1, arbitrary: among(clients) }),
  [1, 3],
);

export const deathSchedules = schedulesOf(among(deaths, MOST_DEATHS), [2, 4]);

export function describeStep(step: Step): string {
  const { do: what, ...rest } = step;
  return [what, ...Object.values(rest)].join(" ");
}
