/**
 * A steady load on a real cluster, one fault after the other, and after each the ledger: what was asked, what ran, what was answered and
 * what was heard must fit together, whatever happened.
 */
import { CloseCode } from "gatesmith/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { now } from "./app/ledger-file.js";
import { type Cluster, SERVERS } from "./cluster.js";
import { FAULTS, type Fault, type Stage } from "./faults.js";
import { judge, Ledger } from "./ledger.js";
import { type Asked, Member } from "./member.js";
import { OwnStalls } from "./own-stalls.js";
import { type Row, tell } from "./table.js";

const ROOMS = ["red", "green", "blue", "white"];
const MEMBERS = 3;

/** Milliseconds without anything unusual after which traffic is taken to be back to normal. */
const CALM = 1_500;
/** Milliseconds for an answer above which a request is unusual, though it was answered. */
const SLOW = 1_500;
/** Milliseconds within which everything must be back to normal, on however slow a machine. */
const PATIENCE = 120_000;
/**
 * Bytes that a server may have more than before the first fault. Code and caches that a fault made for the first time took up to 3 MB;
 * a slab of each link that a burst may leave is 1 MB.
 */
const MORE_MEMORY = 8 * 1024 * 1024;
/** What is not there any more when everything asked has its outcome. */
const WAITING = ["calls", "running", "unsent", "queued", "held", "homeless", "unsaid"] as const;

/** Seconds of faults by chance, after each has been seen once. */
const SECONDS = Number(process.env.GATESMITH_CHAOS_SECONDS ?? 0);

/** Which connectors these are: a server that was given up comes back as another. */
const incarnationsOf = (cluster: Cluster) =>
  SERVERS.filter((id) => id.startsWith("connector"))
    .map((id) => cluster.server(id).incarnations.at(-1))
    .join();

const pause = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

export interface Opened {
  readonly cluster: Cluster;
  readonly nats: Stage["nats"];
  close(): Promise<void>;
}

export function chaos(driver: string, open: () => Promise<Opened>): void {
  describe(`a cluster over ${driver}, under load`, { timeout: 2 * PATIENCE }, () => {
    let opened: Opened;
    let ledger: Ledger;
    const asked: Asked[] = [];
    const members: Member[] = [];
    const rows: Row[] = [];
    const ownStalls = new OwnStalls();
    /** Of each server before the first fault, in bytes. */
    const memories = new Map<string, number>();
    let moreMemory = 0;

    beforeAll(async () => {
      opened = await open();
      ledger = new Ledger(opened.cluster.ledger);
      for (const [index, room] of ROOMS.entries()) {
        for (let number = 1; number <= MEMBERS; number++) {
          const other = ROOMS[(index + 1) % ROOMS.length]!;
          members.push(new Member(`${room}-${number}`, room, other, opened.cluster.gate, asked));
        }
      }
      await Promise.all(members.map((member) => member.come()));
      for (const member of members) member.begin();
      await pause(3_000);
      const wrongs: string[] = [];
      await settle(now(), wrongs);
      expect([...wrongs, ...opened.cluster.fallen()]).toEqual([]);
      for (const [id, { memory }] of await opened.cluster.states()) memories.set(id, memory);
    }, PATIENCE);

    afterAll(async () => {
      ownStalls.stop();
      for (const member of members) member.close();
      await opened?.close();
      tell(rows);
    });

    /** Everybody is there, and nothing was unusual for a while. Resolves to when something last was; says what is missing otherwise. */
    async function calm(since: number, wrongs: string[]): Promise<number> {
      const started = now();
      for (;;) {
        await pause(100);
        let last = since;
        for (const one of asked) {
          const unusual = one.outcomes[0] !== undefined && one.outcomes[0].code !== "OK";
          if (one.settledAt >= since && (unusual || one.settledAt - one.at > SLOW))
            last = Math.max(last, one.settledAt);
        }
        for (const member of members) last = Math.max(last, member.lastChange);
        const missing = members.filter((member) => {
          if (!member.there) return true;
          const answered = asked.filter(
            (one) => one.member === member && one.at > last && one.outcomes[0]?.code === "OK",
          );
          return !["say", "note"].every((kind) => answered.some((one) => one.kind === kind));
        });
        if (missing.length === 0 && now() - Math.max(last, started) > CALM) return last;
        if (now() - started > PATIENCE) {
          wrongs.push(
            `traffic is not back to normal: ${missing.map(({ uid, there }) => `${uid} (${there})`).join(", ")}`,
          );
          return now();
        }
      }
    }

    /** The load pauses until everything asked has its outcome and everything published was heard, or is not coming. */
    async function settle(since: number, wrongs: string[]): Promise<number> {
      const last = await calm(since, wrongs);
      const late = asked.length;
      const rested = await Promise.race([
        Promise.all(members.map((member) => member.rest())).then(() => true),
        pause(30_000).then(() => false),
      ]);
      if (!rested)
        wrongs.push(`of ${late} requests ${asked.filter((one) => one.outcomes.length === 0).length} have no outcome`);
      let heard = -1;
      for (let count = 0; heard !== count; ) {
        heard = count;
        await pause(400);
        count = members.reduce((sum, member) => sum + member.heard.size, 0);
      }
      return last;
    }

    async function suffer(fault: Fault): Promise<void> {
      const wrongs: string[] = [];
      let since = now();
      const stage: Stage = {
        cluster: opened.cluster,
        nats: opened.nats,
        strike: () => {
          since = now();
        },
        wrong: (what) => void wrongs.push(what),
      };
      asked.length = 0;
      for (const member of members) {
        member.heard.clear();
        member.told.clear();
        if (!member.there) wrongs.push(`${member.uid} is not there to begin with`);
        member.begin();
      }
      const before = members.map(({ stays }) => stays.length);
      const connectors = incarnationsOf(opened.cluster);
      opened.cluster.said();
      const began = now();
      const beganAt = Date.now();
      await pause(1_000);
      stage.strike();
      await fault.act(stage).catch((error: unknown) => wrongs.push(`the fault did not go its way: ${error}`));
      const last = await settle(since, wrongs);
      const stoodStill = (from: number, to: number) => ownStalls.between(from, to);
      const judgement = judge({ ledger, asked, members, running: SERVERS, since: began, stoodStill });
      wrongs.push(...judgement.wrongs);
      const ended = members.flatMap(({ stays }, index) =>
        stays.slice(before[index]! - 1).filter(({ until }) => until !== null),
      );
      // A machine that is too slow for heartbeats, or for the window, is no fault of the cluster's.
      if (fault.clientsStay && incarnationsOf(opened.cluster) === connectors) {
        const lost = ended.filter(({ code }) => code !== null && code !== CloseCode.HEARTBEAT_TIMEOUT);
        if (lost.length > 0)
          wrongs.push(`${lost.length} clients lost their connection: ${lost.map(({ code }) => code)}`);
      }
      wrongs.push(...(await left()));
      // Whatever the ledger says: a server that dies of a fault is none that clients come to no harm by.
      wrongs.push(...opened.cluster.fallen());
      rows.push({
        ...judgement,
        wrongs,
        fault: fault.name,
        driver,
        reconnected: ended.length,
        seconds: (last - since) / 1_000,
        memory: moreMemory,
      });
      if (wrongs.length > 0 || judgement.missed.length > 0) {
        process.stdout.write(`\n${fault.name}: what the servers said since ${beganAt}\n${opened.cluster.said()}\n`);
        await opened.cluster.mend();
      }
      expect({ wrongs, missed: judgement.missed }).toEqual({ wrongs: [], missed: [] });
    }

    /** The same, once there was time for it to be gone. */
    async function left(): Promise<string[]> {
      for (const end = now() + 20_000; ; ) {
        const wrongs = await leftovers();
        if (wrongs.length === 0 || now() > end) return wrongs;
        await pause(500);
      }
    }

    /** What servers still have that the load must not leave behind. */
    async function leftovers(): Promise<string[]> {
      const wrongs: string[] = [];
      let sessions = 0;
      moreMemory = 0;
      for (const [id, state] of await opened.cluster.states()) {
        sessions += state.sessions;
        const before = memories.get(id)!;
        moreMemory += state.memory - before;
        for (const what of WAITING) {
          if (state[what] > 0) wrongs.push(`${id} has ${state[what]} ${what} left`);
        }
        if (state.memory > before + MORE_MEMORY)
          wrongs.push(`${id} has ${state.memory} bytes, and had ${before} before`);
        if (state.mirrors > members.length) wrongs.push(`${id} knows ${state.mirrors} sessions of ${members.length}`);
      }
      if (sessions !== members.length) wrongs.push(`there are ${sessions} sessions of ${members.length} clients`);
      return wrongs;
    }

    const faults = FAULTS.filter(({ nats }) => !nats || driver === "nats");
    it.each(faults)("$name", suffer);

    if (SECONDS > 0) {
      it(`${SECONDS} s of faults by chance`, { timeout: SECONDS * 1_000 + 4 * PATIENCE }, async () => {
        const end = now() + SECONDS * 1_000;
        while (now() < end) await suffer(faults[Math.floor(Math.random() * faults.length)]!);
      });
    }
  });
}
