import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import type { SessionMirrors } from "../../../runtime/backend/session-mirrors.js";
import type { LocalChannels } from "../../../runtime/channel/local-channels.js";
import { LONG_PATIENCE, Standing } from "../../../runtime/cluster/home-barrier.js";
import { type FarLab, startFarLab, WINDOW } from "../lab/far-lab.js";
import type { LabClient } from "../lab/generated/client-typescript/index.js";
import { outcome, type Parts, text } from "../lab/lab.js";

const parts: Parts = {
  jobs: (server) => ({
    ask(request, { session }) {
      const channel = server.channel(request.key);
      if (request.text === "join") channel.join(session);
      else if (request.text === "leave") channel.leave(session);
      return request;
    },
  }),
};

/** Uids of a channel's members, as their frontends know them; with homes that know of exactly these frontends. */
function membersOf(lab: FarLab, name: string): string[] {
  const members: string[] = [];
  const frontends: string[] = [];
  for (const server of lab.of("connector")) {
    const channels = Reflect.get(server, "channels") as LocalChannels;
    const channel = channels.find(server.core.tables.typeIndex.get("work")!, name);
    if (channel === undefined) continue;
    frontends.push(server.core.id);
    for (const { uid } of channel.members) members.push(uid!);
  }
  expect([...new Set(lab.frontendsOf(name))]).toEqual(frontends.sort());
  return members.sort();
}

/** Counts what the client is told. */
function gapsOf(client: LabClient): { count: number } {
  const gaps = { count: 0 };
  client.onGap(() => gaps.count++);
  return gaps;
}

const change = (client: LabClient, what: string, key: string) => outcome(client.work.jobs.ask(text(what, { key })));

describe("packets lost between a home and a frontend", () => {
  for (const [from, to] of [
    ["work-1", "connector-1"],
    ["connector-1", "work-1"],
  ] as const) {
    it(`from ${from} to ${to} leave memberships as they should be, however many are lost when`, async () => {
      const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1"], delay: [0, 20] });
      const uids = Array.from({ length: 12 }, (_, index) => `u${index}`);
      const clients: LabClient[] = [];
      for (const [index, uid] of uids.entries()) clients.push(await lab.enter(uid, `connector-${(index % 2) + 1}`));
      const names = ["red", "green", "blue"];
      const wanted = new Map(names.map((name) => [name, new Set<string>()]));
      for (let round = 0; round < 150; round++) {
        if (round % 7 === 0) lab.hub.lose(from, to, 1 + (lab.timing.random() % 3));
        const index = lab.timing.random() % uids.length;
        const name = names[lab.timing.random() % names.length]!;
        const joins = lab.timing.random() % 2 === 0;
        const before = lab.server("work-1").core.counters.requests;
        void change(clients[index]!, joins ? "join" : "leave", name);
        await lab.settle(lab.timing.random() % 60);
        // A request that was lost itself changes nothing; one that comes later than the next is not told from it.
        await lab.settle(50);
        if (lab.server("work-1").core.counters.requests === before) continue;
        if (joins) wanted.get(name)!.add(uids[index]!);
        else wanted.get(name)!.delete(uids[index]!);
      }
      await lab.settle(5_000);
      for (const name of names) expect(membersOf(lab, name)).toEqual([...wanted.get(name)!].sort());
      const gaps = lab.lines.filter(({ msg }) => msg.includes("was lost")).length;
      expect(gaps).toBeGreaterThan(10);
      for (const name of names) {
        const heard = clients.map((client) => inbox(client.work.onText).messages);
        lab.work().push.onText.toChannel(name, text("now"));
        await lab.settle(500);
        const reached = uids.filter((_uid, index) => heard[index]!.length > 0);
        expect(heard.flat()).toHaveLength(reached.length);
        expect(reached.sort()).toEqual([...wanted.get(name)!].sort());
      }
    });
  }

  it("are told to the clients that may have missed a push, and to no others", async () => {
    const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1", "work-2"] });
    const { router, userHomeType } = lab.server("connector-2").core;
    // Whoever's uid has its home on connector-1 may have missed a push to the user.
    const far = ["bob", "ben", "bea", "bud"].find((uid) => router.home(userHomeType, uid)!.id === "connector-2")!;
    const [ann, bob] = [await lab.enter("ann", "connector-1"), await lab.enter(far, "connector-2")];
    for (const client of [ann, bob]) await lab.run(change(client, "join", "lobby"));
    await lab.settle(500);
    const gaps = [gapsOf(ann), gapsOf(bob)];
    const heard = [ann, bob].map((client) => inbox(client.work.onText).messages);
    const [home] = lab.of("work").filter((server) => server.core.homes.isHome("lobby"));
    lab.hub.lose(home!.core.id, "connector-1");
    lab.work(home!.core.id).push.onText.toChannel("lobby", text("lost"));
    await lab.settle(3_000);
    expect(heard.map(({ length }) => length)).toEqual([0, 1]);
    expect(gaps.map(({ count }) => count > 0)).toEqual([true, false]);
  });

  it("are told also of what a home gives up that knows all it must", async () => {
    const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1", "work-2"] });
    const [ann, bob] = [await lab.enter("ann", "connector-1"), await lab.enter("bob", "connector-2")];
    await lab.run(change(ann, "join", "lobby"));
    await lab.settle(500);
    const gaps = [gapsOf(ann), gapsOf(bob)];
    const [home] = lab.of("work").filter((server) => server.core.homes.isHome("lobby"));
    const [other] = lab.of("work").filter((server) => !server.core.homes.isHome("lobby"));
    const { homes } = home!.core;
    homes.ofFrame = () => Standing.NOT_YET;
    lab.work(other!.core.id).push.onText.toChannel("lobby", text("lost"));
    await lab.settle(1_000);
    expect([homes.complete, homes.waiting]).toEqual([true, 1]);
    await lab.settle(LONG_PATIENCE);
    expect(homes.waiting).toBe(0);
    expect(gaps.map(({ count }) => count > 0)).toEqual([true, false]);
  });

  it("are told to a channel's members also when they were lost on the way to the home", async () => {
    const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1", "work-2"] });
    const [ann, bob] = [await lab.enter("ann", "connector-1"), await lab.enter("bob", "connector-2")];
    await lab.run(change(ann, "join", "lobby"));
    await lab.settle(500);
    const gaps = [gapsOf(ann), gapsOf(bob)];
    const [home] = lab.of("work").filter((server) => server.core.homes.isHome("lobby"));
    const [other] = lab.of("work").filter((server) => !server.core.homes.isHome("lobby"));
    lab.hub.lose(other!.core.id, home!.core.id);
    lab.work(other!.core.id).push.onText.toChannel("lobby", text("lost"));
    await lab.settle(3_000);
    expect(gaps.map(({ count }) => count > 0)).toEqual([true, false]);
  });
});

describe("a bus that is interrupted", () => {
  it("leaves uids and channels as they were, and clients who know that they may have missed something", async () => {
    const lab = await startFarLab(parts, { delay: [0, 20] });
    const clients: LabClient[] = [];
    for (let index = 0; index < 10; index++) {
      const client = await lab.enter(`u${index}`, `connector-${(index % 2) + 1}`);
      await lab.run(change(client, "join", `room ${index % 3}`));
      clients.push(client);
    }
    await lab.settle(500);
    const bound = lab.bound();
    const rooms = ["room 0", "room 1", "room 2"];
    const before = rooms.map((name) => membersOf(lab, name));
    const gaps = clients.map(gapsOf);
    for (const id of lab.servers.keys()) lab.hub.disconnect(id);
    await lab.settle(2_000);
    for (const id of lab.servers.keys()) lab.hub.reconnect(id);
    await lab.settle(WINDOW);
    expect(lab.bound()).toEqual(bound);
    expect(lab.registered()).toEqual(bound);
    expect(rooms.map((name) => membersOf(lab, name))).toEqual(before);
    for (const { count } of gaps) expect(count).toBeGreaterThan(0);
    for (const server of lab.servers.values()) expect(server.core.homes.complete).toBe(true);
  });
});

describe("the end of a server", () => {
  it("is told to members of its channels and users of its uids when it was killed, not when it drained", async () => {
    for (const kills of [true, false]) {
      const lab = await startFarLab(parts, { servers: ["connector-1", "work-1", "work-2", "work-3"] });
      const ann = await lab.enter("ann", "connector-1");
      await lab.run(change(ann, "join", "lobby"));
      await lab.settle(500);
      const gaps = gapsOf(ann);
      const [home] = lab.of("work").filter((server) => server.core.homes.isHome("lobby"));
      if (kills) {
        lab.kill(home!.core.id);
      } else {
        await lab.run(home!.drain());
        await lab.settle(500);
        await lab.stop(home!.core.id);
      }
      await lab.settle(2 * WINDOW);
      expect(gaps.count > 0).toBe(kills);
      expect(membersOf(lab, "lobby")).toEqual(["ann"]);
    }
  });
});

describe("a link that is full", () => {
  it("loses no join, keeps it before what is published after, and says what else was lost", async () => {
    const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1"] });
    const [ann, bob] = [await lab.enter("ann", "connector-1"), await lab.enter("bob", "connector-1")];
    await lab.run(change(ann, "join", "lobby"));
    await lab.run(change(bob, "nothing", ""));
    await lab.settle(500);
    const gaps = gapsOf(ann);
    const heard = [ann, bob].map((client) => inbox(client.work.onText).messages);
    const { core } = lab.server("work-1");
    const peer = core.view.named("connector-1")!;
    const mirrors = Reflect.get(lab.server("work-1"), "mirrors") as SessionMirrors;
    const bobs = [...mirrors.of(peer)].find(({ uid }) => uid === "bob")!;
    const link = peer.direct;
    peer.direct = {
      peer: link.peer,
      slab: link.slab,
      waitingFrames: 0,
      waitingBytes: 0,
      begin: () => false,
      end: () => false,
      abandon: () => {},
    };
    for (let index = 0; index < 3; index++) lab.work().push.onText.toChannel("lobby", text("lost"));
    lab.work().push.onLatest.toChannel("lobby", text("lost, as it may"));
    expect(core.counters.droppedPushes).toBe(4);
    lab
      .work()
      .channel("lobby")
      .join(bobs as never);
    expect(peer.waiting.length).toBe(1);
    await lab.settle(1_000);
    expect(membersOf(lab, "lobby")).toEqual(["ann"]);
    peer.direct = link;
    lab.work().push.onText.toChannel("lobby", text("both of you"));
    await lab.settle(1_000);
    expect(peer.waiting.length).toBe(0);
    expect(membersOf(lab, "lobby")).toEqual(["ann", "bob"]);
    expect(heard.map((messages) => messages.map(({ text: line }) => line))).toEqual([["both of you"], ["both of you"]]);
    expect(gaps.count).toBe(1);
  });
});

describe("whatever servers do", () => {
  for (const seed of [21, 22, 128, 136, 152, 157]) {
    it(`a member gets every line once and in its sender's order, or is told of a gap (seed ${seed})`, async () => {
      const servers = ["connector-1", "connector-2", "work-1", "work-2", "work-3"];
      const lab = await startFarLab(parts, { servers, delay: [0, 40], seed });
      const chance = (below: number) => lab.timing.random() % below;
      const names = ["red", "green", "blue"];
      const members = [];
      for (let index = 0; index < 6; index++) {
        const client = await lab.enter(`u${index}`, `connector-${(index % 2) + 1}`);
        const key = names[index % names.length]!;
        await lab.run(change(client, "join", key));
        const gaps: number[] = [];
        client.onGap(() => gaps.push(lab.timing.now()));
        members.push({ key, gaps, heard: inbox(client.work.onText).messages });
      }
      await lab.settle(2_000);
      const said: { key: string; line: string; at: number }[] = [];
      let number = 3;
      for (let step = 0; step < 400; step++) {
        const work = lab.of("work").map(({ core }) => core.id);
        const all = [...lab.servers.keys()];
        const what = chance(100);
        if (what < 2 && work.length < 6) {
          await lab.run(lab.start(`work-${++number}`));
        } else if (what < 3 && work.length > 2) {
          lab.kill(work[chance(work.length)]!);
        } else if (what < 4 && work.length > 2) {
          const leaving = work[0]!;
          await lab.run(lab.server(leaving).drain());
          await lab.settle(100);
          await lab.stop(leaving);
        } else if (what < (seed % 2 === 0 ? 5 : 4)) {
          const [from, to] = [all[chance(all.length)]!, all[chance(all.length)]!];
          if (from !== to) lab.hub.lose(from, to);
        } else {
          const by = work[chance(work.length)]!;
          for (const key of names) {
            const line = `${by} ${said.length}`;
            said.push({ key, line, at: lab.timing.now() });
            lab.work(by).push.onText.toChannel(key, text(line));
          }
        }
        await lab.settle(chance(30));
      }
      await lab.settle(3 * WINDOW);
      const before = lab.timing.now();
      for (const key of names) lab.work(lab.of("work")[0]!.core.id).push.onText.toChannel(key, text(`last ${key}`));
      await lab.settle(1_000);
      for (const { key, gaps, heard } of members) {
        const lines = heard.map(({ text: line }) => line);
        expect(new Set(lines).size).toBe(lines.length);
        expect(lines.at(-1)).toBe(`last ${key}`);
        for (const { core } of lab.of("work")) {
          const numbers = lines
            .filter((line) => line.startsWith(`${core.id} `))
            .map((line) => Number(line.split(" ")[1]));
          expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        }
        const got = new Set(lines);
        const missed = said.filter((one) => one.key === key && !got.has(one.line));
        // Whoever was told after it was said, as soon as all can have known, knows.
        const told = (at: number) => gaps.some((time) => time >= at && time <= at + LONG_PATIENCE + WINDOW);
        expect(missed.filter(({ at }) => !told(at))).toEqual([]);
        expect(gaps.filter((time) => time > before)).toEqual([]);
      }
      for (const name of names) expect(membersOf(lab, name)).toHaveLength(2);
    });
  }
});
