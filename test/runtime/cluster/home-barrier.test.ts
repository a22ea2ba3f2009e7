import { inbox } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { hashText, rendezvous } from "../../../runtime/cluster/rendezvous.js";
import { ErrorCode } from "../../../wire/error-code.js";
import { startFarLab, WINDOW } from "../lab/far-lab.js";
import { CallError } from "../lab/generated/client-typescript/index.js";
import { outcome, text } from "../lab/lab.js";

const uids = (count: number, name = "u") => Array.from({ length: count }, (_, index) => `${name}${index}`);

const THREE = ["connector-1", "connector-2", "connector-3"];

/** Where a key has its home among such servers. */
const homeAmong = (ids: readonly string[], key: string) =>
  rendezvous(
    hashText(key),
    ids.map((id) => ({ id, idHash: hashText(id) })),
  )!.id;

describe("a new home of uids", () => {
  it("knows all that have moved to it before it answers: nobody is bound twice", async () => {
    const lab = await startFarLab({}, { delay: [0, 40] });
    const all = uids(40);
    for (const [index, uid] of all.entries()) await lab.enter(uid, `connector-${(index % 2) + 1}`);
    const before = lab.bound();
    // While it comes, somebody else tries to take each uid, from the other connector and from the new one.
    const coming = lab.start("connector-3");
    const others = await Promise.all(
      all.map(async (_uid, index) => ({ client: await lab.connect(`connector-${((index + 1) % 2) + 1}`), index })),
    );
    const attempts: Promise<unknown>[] = [];
    for (let round = 0; round < 30; round++) {
      for (const { client, index } of others) {
        if (index % 30 !== round) continue;
        const enter = { uid: all[index]!, room: "", home: "", conflict: "reject-new" };
        attempts.push(outcome(client.connector.login.enter(enter)));
      }
      await lab.settle(25);
    }
    await lab.run(coming);
    const moved = all.filter((uid) => homeAmong(THREE, uid) === "connector-3");
    expect(moved.length).toBeGreaterThan(3);
    const ends = (await lab.run(Promise.all(attempts))) as CallError[];
    expect(ends).toHaveLength(40);
    for (const end of ends)
      expect([end.code, end.message]).toEqual([ErrorCode.FORBIDDEN, expect.stringContaining("uid u")]);
    await lab.settle(1_000);
    expect(lab.bound()).toEqual(before);
    expect(lab.registered()).toEqual(before);
  });

  it("kicks who had the uid at the home before", async () => {
    const lab = await startFarLab({}, { delay: [0, 40] });
    const all = uids(20);
    for (const uid of all) await lab.enter(uid, "connector-1");
    const coming = lab.start("connector-3");
    await lab.settle(300);
    const entering = all.map((uid) => lab.enter(uid, "connector-2"));
    await lab.run(coming);
    await Promise.all(entering);
    // Each bind completed when the old session was over.
    const bound = lab.bound();
    expect(bound.map((line) => line.split(" ")[0])).toEqual([...all].sort());
    expect(lab.server("connector-1").frontend!.sessions.size).toBe(0);
    await lab.settle(1_000);
    expect(lab.registered()).toEqual(bound);
  });

  it("waits for a suspect until that is dead, and answers meanwhile for what has not moved", async () => {
    const lab = await startFarLab();
    const at = (home: string, before: string) =>
      uids(200, "x").find((uid) => homeAmong(THREE, uid) === home && homeAmong(THREE.slice(0, 2), uid) === before)!;
    const moving = at("connector-3", "connector-1");
    const staying = at("connector-1", "connector-1");
    await lab.enter(moving, "connector-2");
    const client = await lab.connect("connector-1");
    const other = await lab.connect("connector-1");
    lab.hub.pause("connector-2");
    await lab.run(lab.start("connector-3"));
    await lab.settle(500);
    const enter = (uid: string) => ({ uid, room: "", home: "", conflict: "reject-new" });
    await lab.run(client.connector.login.enter(enter(staying)));
    let answered = false;
    const waiting = outcome(other.connector.login.enter(enter(moving))).finally(() => {
      answered = true;
    });
    await lab.settle(2_500);
    expect(answered).toBe(false);
    expect(lab.server("connector-3").core.homes.waiting).toBe(1);
    await lab.settle(WINDOW);
    expect(answered).toBe(true);
    // Its session died with its connector, or the bind gave up before that was known: never two.
    const end = await lab.run(waiting);
    if (end instanceof CallError) expect(end.code).toBe(ErrorCode.NO_SERVER);
    await lab.settle(1_000);
    expect(lab.server("connector-3").core.homes.complete).toBe(true);
    expect(lab.server("connector-3").core.homes.waiting).toBe(0);
    lab.hub.kill("connector-2");
    lab.servers.delete("connector-2");
    expect(lab.registered()).toEqual(lab.bound());
  });
});

describe("a new home of channels", () => {
  const parts: Parameters<typeof startFarLab>[0] = {
    jobs: (server) => ({
      ask(request, { session }) {
        server.channel(request.key).join(session);
        server.push.onText.toChannel(request.key, text(`hello ${request.text}`));
        return request;
      },
    }),
  };
  const names = uids(12, "channel");

  it("publishes to all members, each line once and in its sender's order, while servers come, drain and leave", async () => {
    const lab = await startFarLab(parts, { delay: [0, 30] });
    const heard = [];
    for (const server of ["connector-1", "connector-2"]) {
      const client = await lab.enter(`at ${server}`, server);
      heard.push(inbox(client.work.onText).messages);
      for (const key of names) await lab.run(client.work.jobs.ask(text("", { key })));
    }
    await lab.settle(500);
    const before = heard.map(({ length }) => length);
    const said: string[] = [];
    const speak = async (rounds: number) => {
      for (let round = 0; round < rounds; round++) {
        for (const key of names) {
          const line = `${key} ${said.length}`;
          said.push(line);
          lab.work("work-1").push.onText.toChannel(key, text(line));
        }
        await lab.settle(7);
      }
    };
    const coming = lab.start("work-3");
    await speak(100);
    await lab.run(coming);
    lab.server("work-2").drain();
    await speak(40);
    await lab.stop("work-2");
    await speak(40);
    await lab.settle(1_000);
    for (const [index, messages] of heard.entries()) {
      const lines = messages.slice(before[index]).map(({ text: line }) => line);
      for (const key of names) {
        const of = (line: string) => line.startsWith(`${key} `);
        expect(lines.filter(of)).toEqual(said.filter(of));
      }
    }
    const holders = names.map((name) => lab.frontendsOf(name));
    for (const frontends of holders) expect(new Set(frontends)).toEqual(new Set(["connector-1", "connector-2"]));
  });

  it("reaches whoever joins right before a publish, also when the home moves in between", async () => {
    const lab = await startFarLab(parts, { delay: [0, 30] });
    const coming = lab.start("work-3");
    const clients = [];
    // One joins every few milliseconds, so that some do at every moment of the change.
    for (let index = 0; index < 60; index++) {
      const client = await lab.enter(`m${index}`, `connector-${(index % 2) + 1}`);
      const heard = inbox(client.work.onText).messages;
      clients.push({ index, heard });
      void outcome(client.work.jobs.ask(text(`${index}`, { key: names[index % names.length]! })));
      await lab.settle(3);
    }
    await lab.run(coming);
    await lab.settle(1_000);
    for (const { index, heard } of clients) expect(heard.map(({ text: line }) => line)).toContain(`hello ${index}`);
  });

  it("lists all members", async () => {
    const lab = await startFarLab(parts, { delay: [0, 30] });
    for (const server of ["connector-1", "connector-2"]) {
      const client = await lab.enter(`at ${server}`, server);
      for (const key of names) await lab.run(client.work.jobs.ask(text("", { key })));
    }
    await lab.settle(500);
    const coming = lab.start("work-3");
    const lists = [];
    for (let round = 0; round < 60; round++) {
      lists.push(
        lab
          .work("work-1")
          .channel(names[round % names.length]!)
          .members(),
      );
      await lab.settle(10);
    }
    await lab.run(coming);
    for (const { members, missing } of await lab.run(Promise.all(lists))) {
      expect(members.map(({ uid }) => uid).sort()).toEqual(["at connector-1", "at connector-2"]);
      expect(missing).toEqual([]);
    }
  });
});
