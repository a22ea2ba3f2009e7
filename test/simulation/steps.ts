/** The steps of a schedule as plain data, and how fast-check makes them. What a step names by a number is taken modulo what there is. */
import fc from "fast-check";
import type { Way } from "./simulated-client.js";
import type { ClusterShape } from "./simulated-cluster.js";

interface Talk {
  readonly command: string;
  readonly argument: string;
  readonly rounds: number;
}

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
  /** All clients publish in a channel or push to a user, one after the other, several times. */
  | ({ readonly do: "all talk" } & Talk)
  /** A server whose type is home of channels or users is killed, unless it is the last one, and all talk; `again`: it starts at once. */
  | ({ readonly do: "fell"; readonly type: string; readonly home: number; readonly again: boolean } & Talk)
  /** A server whose type is home of channels or users drains, unless it is the last one, and all talk. */
  | ({ readonly do: "send off"; readonly type: string; readonly home: number } & Talk)
  /** A connector drains, and meanwhile a client asks for a uid, and others push to the user. */
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
  { weight: 1, arbitrary: fc.constant(["everyone", ""] as const) },
  { weight: 1, arbitrary: uid.map((name) => ["kickUser", name] as const) },
  { weight: 1, arbitrary: uid.map((name) => ["call", name] as const) },
  { weight: 2, arbitrary: fc.constant(["callRooms", ""] as const) },
  { weight: 3, arbitrary: uid.map((name) => ["user", name] as const) },
);

/** What connectors do too. */
const saidToAll: fc.Arbitrary<readonly [string, string]> = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(uid, conflict).map(([name, policy]) => ["bind", `${name}/${policy}`] as const) },
  { weight: 2, arbitrary: fc.constant(["unbind", ""] as const) },
  { weight: 2, arbitrary: fc.constant(["update", ""] as const) },
  { weight: 1, arbitrary: fc.constant(["kick", ""] as const) },
  { weight: 4, arbitrary: uid.map((name) => ["user", name] as const) },
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

const talk = (command: string, names: fc.Arbitrary<string>, least: number): fc.Arbitrary<Talk> =>
  fc.record({ command: fc.constant(command), argument: names, rounds: fc.integer({ min: least, max: 4 }) });

/** One home of a type dies upon another. */
const deaths = (type: string, talk: fc.Arbitrary<Talk>): readonly Weighted[] => [
  {
    weight: 4,
    arbitrary: fc
      .tuple(server, fc.boolean(), talk)
      .map(([home, again, talk]): Step => ({ do: "fell", type, home, again, ...talk })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(server, talk).map(([home, talk]): Step => ({ do: "send off", type, home, ...talk })),
  },
  { weight: 3, arbitrary: fc.constant<Step>({ do: "add", type }) },
  { weight: 12, arbitrary: fc.constantFrom(1, 5, 20, 100, 400, 1_000, 2_500).map((ms): Step => ({ do: "wait", ms })) },
  { weight: 1, arbitrary: fc.constantFrom(5, 50, 400).map((most): Step => ({ do: "delay", most })) },
];

/** Members of channels talk meanwhile. */
const deathsOfChannels: readonly Weighted[] = [
  ...deaths("work", talk("publish", channel, 0)),
  {
    weight: 20,
    arbitrary: send(
      fc.constantFrom("ask", "free", "tell"),
      channel.map((name) => ["publish", name]),
    ),
  },
  {
    weight: 2,
    arbitrary: talk("publish", channel, 1).map((talk): Step => ({ do: "all talk", ...talk })),
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
];

/** Users are spoken to meanwhile; those whose connector dies come back. */
const deathsOfUsers: readonly Weighted[] = [
  ...deaths("connector", talk("user", uid, 0)),
  {
    weight: 20,
    arbitrary: send(
      fc.constantFrom("ask", "free", "tell", "own"),
      uid.map((name) => ["user", name]),
    ),
  },
  {
    weight: 6,
    arbitrary: talk("user", uid, 1).map((talk): Step => ({ do: "all talk", ...talk })),
  },
  {
    weight: 8,
    arbitrary: send(
      fc.constant("own"),
      uid.map((name) => ["bind", `${name}/allow`]),
    ),
  },
  { weight: 8, arbitrary: client.map((client): Step => ({ do: "connect", client })) },
  // Whoever stands still notices last, and goes by what it knew.
  {
    weight: 6,
    arbitrary: fc
      .tuple(server, fc.constantFrom(300, 1_000, 1_900))
      .map(([server, ms]): Step => ({ do: "pause", server, ms, through: false })),
  },
  // What is told of one death covers what should have been told of the one before.
  { weight: 4, arbitrary: fc.constant<Step>({ do: "come to rest" }) },
];

const among = (steps: readonly Weighted[], most = MOST_STEPS) =>
  fc.array(fc.oneof(...steps), { minLength: 1, maxLength: most, size: "max" });

/** Servers that are homes of users, and of channels, at the least and at most. */
const schedulesOf = (
  steps: fc.Arbitrary<Step[]>,
  connectors: readonly [number, number],
  works: readonly [number, number],
): fc.Arbitrary<Schedule> =>
  fc.record({
    shape: fc.record({
      // Not shrunk: another seed is another course of time.
      seed: fc.noShrink(fc.integer({ min: 1, max: 0x7fff_ffff })),
      connectors: fc.integer({ min: connectors[0], max: connectors[1] }),
      works: fc.integer({ min: works[0], max: works[1] }),
      rooms: fc.constant(1),
      clients: fc.constant(CLIENTS),
    }),
    steps,
  });

// Where servers only do their work, more is promised.
export const schedules = schedulesOf(
  fc.oneof({ weight: 2, arbitrary: among([...clients, ...faults]) }, { weight: 1, arbitrary: among(clients) }),
  [2, 3],
  [1, 3],
);

export const channelDeaths = schedulesOf(among(deathsOfChannels, MOST_DEATHS), [2, 3], [2, 4]);
export const userDeaths = schedulesOf(among(deathsOfUsers), [2, 4], [1, 3]);

export function describeStep(step: Step): string {
  const { do: what, ...rest } = step;
  return [what, ...Object.values(rest)].join(" ");
}
