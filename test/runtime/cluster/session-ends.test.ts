import { describe, expect, it } from "vitest";
import { type FarLab, type FarLabOptions, startFarLab, WINDOW } from "../lab/far-lab.js";
import type { LabClient } from "../lab/generated/client-typescript/index.js";
import { outcome, type Parts, text } from "../lab/lab.js";

const SERVERS = ["connector-1", "connector-2", "work-1", "work-2", "rooms-1", "rooms-2"];
const USERS = 40;

interface Ends {
  readonly lab: FarLab;
  readonly clients: readonly LabClient[];
  /** `uid` by session: which servers it has used. */
  readonly used: Map<string, Set<string>>;
  /** Which servers have heard of its end; one that has heard twice is there twice. */
  readonly ended: Map<string, string[]>;
}

/** Many sessions, each of which has used one server of two types. */
async function startUsed(options: FarLabOptions = {}): Promise<Ends> {
  const used = new Map<string, Set<string>>();
  const ended = new Map<string, string[]>();
  const hooks = (id: string) => ({
    onSessionClosed: ({ uid }: { uid: string | null }) => void ended.set(uid!, [...(ended.get(uid!) ?? []), id]),
  });
  const parts: Parts = {
    jobs: ({ id }) => ({
      ...hooks(id),
      ask(request, { session }) {
        used.set(session.uid!, (used.get(session.uid!) ?? new Set()).add(id));
        return request;
      },
    }),
    rooms: ({ id }) => ({
      ...hooks(id),
      where(request, { session }) {
        used.set(session.uid!, (used.get(session.uid!) ?? new Set()).add(id));
        return request;
      },
    }),
  };
  const lab = await startFarLab(parts, { servers: SERVERS, delay: [0, 30], ...options });
  const clients: LabClient[] = [];
  for (let index = 0; index < USERS; index++) {
    clients.push(await lab.enter(`u${index}`, `connector-${(index % 2) + 1}`, { room: `room ${index % 7}` }));
  }
  await use({ lab, clients });
  await lab.settle(500);
  return { lab, clients, used, ended };
}

async function use({ lab, clients }: Pick<Ends, "lab" | "clients">): Promise<void> {
  await lab.run(
    Promise.all(
      clients.map(async (client) => {
        await outcome(client.work.jobs.ask(text("")));
        await outcome(client.rooms.here.where(text("")));
      }),
    ),
  );
}

/** Every server that a session has used, once. */
function whole({ used }: Ends, uids: (index: number) => boolean): [string, string[]][] {
  const all = Array.from({ length: USERS }, (_, index) => index).filter(uids);
  return all.map((index) => [`u${index}`, [...used.get(`u${index}`)!].sort()]);
}

function heard({ ended }: Ends): [string, string[]][] {
  const number = (uid: string) => Number(uid.slice(1));
  return [...ended]
    .map(([uid, servers]): [string, string[]] => [uid, [...servers].sort()])
    .sort(([one], [other]) => number(one) - number(other));
}

const atFirst = (index: number) => index % 2 === 0;

describe("every server that a session has used hears of its end once", () => {
  it("when its connector was killed, and nothing of the others' sessions", async () => {
    const ends = await startUsed();
    expect(whole(ends, () => true).every(([, servers]) => servers.length === 2)).toBe(true);
    ends.lab.kill("connector-1");
    await ends.lab.settle(3 * WINDOW);
    expect(heard(ends)).toEqual(whole(ends, atFirst));
    for (const client of ends.clients) client.close();
    await ends.lab.settle(2_000);
    expect(heard(ends)).toEqual(whole(ends, () => true));
  });

  it("when its connector was suspected and came back: none ends, until the client goes", async () => {
    const ends = await startUsed();
    const { lab, clients } = ends;
    lab.hub.pause("connector-1");
    await lab.settle(WINDOW - 1_500);
    const suspects = lab.of("work").map(({ core }) => core.view.named("connector-1")!.suspect);
    expect(suspects).toEqual([true, true]);
    lab.hub.resume("connector-1");
    await lab.settle(3_000);
    expect(heard(ends)).toEqual([]);
    await use(ends);
    for (const client of clients) client.close();
    await lab.settle(2_000);
    expect(heard(ends)).toEqual(whole(ends, () => true));
  });

  it("when its connector could not be heard by some, or hear, and came back", async () => {
    for (const cut of [
      ["connector-1", "work-1"],
      ["work-1", "connector-1"],
    ] as const) {
      const ends = await startUsed();
      const { lab, clients } = ends;
      lab.hub.cut(cut[0], cut[1]);
      await lab.settle(WINDOW - 2_000);
      for (const [index, client] of clients.entries()) if (index < USERS / 2) client.close();
      await lab.settle(500);
      lab.hub.heal();
      await lab.settle(2 * WINDOW);
      for (const client of clients) client.close();
      await lab.settle(2 * WINDOW);
      expect(heard(ends)).toEqual(whole(ends, () => true));
    }
  });

  it("when packets are lost while they end", async () => {
    for (const seed of [1, 2, 3]) {
      const ends = await startUsed({ seed });
      const { lab, clients } = ends;
      for (const client of clients) {
        const server = SERVERS[2 + (lab.timing.random() % 4)]!;
        const connector = SERVERS[lab.timing.random() % 2]!;
        if (lab.timing.random() % 2 === 0) lab.hub.lose(server, connector);
        else lab.hub.lose(connector, server);
        client.close();
        await lab.settle(lab.timing.random() % 80);
      }
      await lab.settle(2 * WINDOW);
      expect(heard(ends)).toEqual(whole(ends, () => true));
    }
  });

  it("when its connector stops in good order", async () => {
    const ends = await startUsed();
    await ends.lab.stop("connector-2");
    await ends.lab.settle(2_000);
    expect(heard(ends)).toEqual(whole(ends, (index) => !atFirst(index)));
  });

  it("when its connector was given up, is told so, and comes again as another", async () => {
    const ends = await startUsed();
    const { lab } = ends;
    lab.hub.pause("connector-1");
    await lab.settle(3 * WINDOW);
    lab.hub.resume("connector-1");
    await lab.settle(1_000);
    expect(heard(ends)).toEqual(whole(ends, atFirst));
    const evicted = lab.server("connector-1");
    lab.servers.delete("connector-1");
    void evicted.stop();
    await lab.run(lab.start("connector-1"));
    await lab.settle(2_000);
    await lab.enter("new", "connector-1");
    expect(heard(ends)).toEqual(whole(ends, atFirst));
  });
});

describe("a uid that another client takes", () => {
  it("has left also the servers that a backend introduced its session to, when it is given", async () => {
    let introduced = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const known = new Set<string>();
      const parts: Parts = {
        jobs: (server) => ({
          async ask(request, { session }) {
            await server.rpc.rooms.here.find(text("find"), session);
            return request;
          },
        }),
        rooms: () => ({
          onSessionClosed: ({ id }: { id: string }) => void known.delete(id),
          find(request, { session }) {
            known.add(session!.id);
            introduced++;
            return request;
          },
        }),
      };
      const servers = ["connector-1", "connector-2", "work-1", "rooms-1"];
      const lab = await startFarLab(parts, { servers, delay: [0, 40], seed });
      const first = await lab.enter("ann", "connector-1", { room: "lobby" });
      const [session] = [...lab.server("connector-1").frontend!.sessions];
      // Not before the request has gone, so that it is on its way while the session ends.
      void outcome(first.work.jobs.ask(text("")));
      await lab.enter("ann", "connector-2", { room: "lobby" });
      expect([seed, known.has(session!.id)]).toEqual([seed, false]);
    }
    expect(introduced).toBeGreaterThan(0);
  });
});
