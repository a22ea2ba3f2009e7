/** Homes of channels that die, leave and come faster than all servers notice, while everybody publishes. */
import { expect, it } from "vitest";
import { LONG_PATIENCE } from "../../../runtime/cluster/home-barrier.js";
import { type FarLab, startFarLab, WINDOW } from "../lab/far-lab.js";
import { outcome, type Parts, text } from "../lab/lab.js";

const parts: Parts = {
  jobs: (server) => ({
    ask(request, { session }) {
      if (request.text === "join") server.channel(request.key).join(session);
      return request;
    },
  }),
};

/** Of a hundred steps; in all others somebody publishes. */
interface Rates {
  readonly starts: number;
  readonly kills: number;
  readonly drains: number;
  readonly losses: number;
}

interface Line {
  readonly by: string;
  readonly number: number;
  readonly at: number;
}

interface Member {
  readonly channel: string;
  readonly heard: Line[];
  readonly gaps: number[];
}

const CHANNELS = ["red", "green", "blue"];
const MOST_SERVERS = 6;

async function enterAll(lab: FarLab): Promise<Member[]> {
  const members: Member[] = [];
  for (let index = 0; index < 2 * CHANNELS.length; index++) {
    const client = await lab.enter(`u${index}`, `connector-${(index % 2) + 1}`);
    const member: Member = { channel: CHANNELS[index % CHANNELS.length]!, heard: [], gaps: [] };
    await lab.run(outcome(client.work.jobs.ask(text("join", { key: member.channel }))));
    client.onGap(() => member.gaps.push(lab.timing.now()));
    client.work.onText(({ text: by, number }) => member.heard.push({ by, number, at: lab.timing.now() }));
    members.push(member);
  }
  return members;
}

/** Says one line in every channel. */
function say(lab: FarLab, by: string, said: Line[]): void {
  const line = { by, number: said.length + 1, at: lab.timing.now() };
  said.push(line);
  for (const channel of CHANNELS) lab.work(by).push.onText.toChannel(channel, text(by, { number: line.number }));
}

async function leave(lab: FarLab, id: string): Promise<void> {
  const server = lab.server(id);
  await server.drain();
  if (lab.servers.get(id) !== server || lab.of("work").length < 2) return;
  lab.servers.delete(id);
  await server.stop();
}

async function disturb(lab: FarLab, steps: number, { starts, kills, drains, losses }: Rates): Promise<Line[]> {
  const chance = (below: number) => lab.timing.random() % below;
  const said: Line[] = [];
  let last = 3;
  for (let step = 0; step < steps; step++) {
    const work = lab.of("work").map(({ core }) => core.id);
    const what = chance(100);
    if (what < starts) {
      if (work.length < MOST_SERVERS) void lab.start(`work-${++last}`);
    } else if (what < starts + kills) {
      if (work.length > 1) lab.kill(work[chance(work.length)]!);
    } else if (what < starts + kills + drains) {
      if (work.length > 2) void leave(lab, work[0]!);
    } else if (what < starts + kills + drains + losses) {
      const all = [...lab.servers.keys()];
      const [from, to] = [all[chance(all.length)]!, all[chance(all.length)]!];
      if (from !== to) lab.hub.lose(from, to);
    } else {
      say(lab, work[chance(work.length)]!, said);
    }
    await lab.settle(chance(30));
  }
  return said;
}

const often = { starts: 10, kills: 8, drains: 3, losses: 0 };
const everySecond = { starts: 2, kills: 1, drains: 1, losses: 0 };
const lossy = { starts: 5, kills: 3, drains: 2, losses: 2 };

for (const [how, seed, steps, rates] of [
  ["often", 101, 400, often],
  ["often", 122, 400, often],
  ["about every second", 138, 700, everySecond],
  ["about every second", 186, 700, everySecond],
  ["while packets are lost", 106, 400, lossy],
  ["while packets are lost", 133, 400, lossy],
] as const) {
  it(`keep each sender's order, and miss nothing without a word, when they die ${how} (seed ${seed})`, async () => {
    const servers = ["connector-1", "connector-2", "work-1", "work-2", "work-3"];
    const lab = await startFarLab(parts, { servers, delay: [0, 40], seed });
    const members = await enterAll(lab);
    await lab.settle(2_000);
    const said = await disturb(lab, steps, rates);
    await lab.settle(3 * WINDOW);
    const calm = lab.timing.now();
    const last: Line[] = [...said];
    say(lab, lab.of("work")[0]!.core.id, last);
    await lab.settle(1_000);
    for (const { heard, gaps } of members) {
      const latest = new Map<string, number>();
      for (const { by, number } of heard) {
        expect(number).toBeGreaterThan(latest.get(by) ?? 0);
        latest.set(by, number);
      }
      expect(heard.at(-1)?.number).toBe(last.length);
      const got = new Set(heard.map(({ number }) => number));
      // Whoever is told before it was said does not ask for it.
      const told = (at: number) => gaps.some((time) => time >= at && time <= at + LONG_PATIENCE + WINDOW);
      expect(said.filter(({ number, at }) => !got.has(number) && !told(at))).toEqual([]);
      expect(gaps.filter((time) => time > calm)).toEqual([]);
    }
  });
}
