/** Requests that wait at the frontend until the server before is done with their session: how many, and how long. */
import { expect, it } from "vitest";
import { manifest } from "../lab/generated/server/index.js";
import { enter, gateway, outcome, startLab, text } from "../lab/lab.js";

/** Ann, whose server drains and still works for her until `slow` opens. `seen`: what the `work` servers were asked since. */
async function start() {
  const slow = gateway();
  const seen: string[] = [];
  const jobs = ({ id }: { id: string }) => {
    const say = (said: string) => {
      seen.push(said);
      return text(said, { key: id });
    };
    return {
      ask: ({ text: said }: { text: string }) => {
        const answer = say(said);
        return said === "for ever" ? gateway<typeof answer>().promise : answer;
      },
      tell: ({ text: said }: { text: string }) => void say(said),
      open: async () => {
        await slow.promise;
        return text("", { key: id });
      },
    };
  };
  const lab = await startLab({ jobs }, { servers: { work: { count: 2 } } });
  const ann = await enter(lab, "ann", { server: "connector-1" });
  const { key: first } = await lab.run(ann.work.jobs.ask(text("where?")));
  const long = outcome(ann.work.jobs.open(text("")));
  await lab.settle();
  void lab.server(first).drain();
  await lab.settle(20);
  seen.length = 0;
  const { core, frontend } = lab.server("connector-1");
  const [session] = frontend!.sessions;
  return { lab, ann, first, long, slow, seen, core, session: session! };
}

it("have the deadline of all requests: what is given up does not run any more", async () => {
  const { lab, ann, first, long, slow, seen, core, session } = await start();
  ann.work.jobs.tell(text("told"));
  const asked = outcome(ann.work.jobs.ask(text("one")));
  await lab.settle(500);
  expect(session.inFlight).toBe(2);
  await lab.settle(600);
  expect([session.inFlight, core.counters.droppedNotifies]).toEqual([1, 1]);
  expect(await Promise.race([asked, "waits"])).toMatchObject({ name: "TIMEOUT", executed: "no" });
  slow.open();
  expect(await lab.run(long)).toMatchObject({ key: first });
  await lab.settle(500);
  expect(seen).toEqual([]);
  expect([session.inFlight, session.held]).toEqual([0, null]);
  expect((await lab.run(ann.work.jobs.ask(text("two")))).key).not.toBe(first);
});

it("are as many as may wait for their turn, however small they are", async () => {
  const { lab, ann, long, slow, seen, core } = await start();
  for (let count = 0; count < 300; count++) ann.work.jobs.tell(text(""));
  await lab.settle(20);
  expect(core.counters.droppedNotifies).toBe(44);
  slow.open();
  await lab.run(long);
  await lab.settle();
  expect(seen).toHaveLength(256);
});

it("have what is left of their time when they go on", async () => {
  const { lab, ann, long, slow, seen, core, session } = await start();
  const asked = outcome(ann.work.jobs.ask(text("for ever")));
  await lab.settle(700);
  slow.open();
  await lab.run(long);
  await lab.settle();
  expect(seen).toEqual(["for ever"]);
  await lab.settle(400);
  expect(await Promise.race([asked, "waits"])).toMatchObject({ name: "TIMEOUT", executed: "unknown" });
  expect([session.inFlight, core.calls.size]).toEqual([0, 0]);
});

it("wait for notifies no longer than anybody asks for that, nor does the server that has these", async () => {
  const handlers = manifest.handlers.map((entry) =>
    entry.route === "work.jobs.tell" ? { ...entry, timeout: 60_000 } : entry,
  );
  const told = gateway();
  const parts = { jobs: ({ id }: { id: string }) => ({ tell: () => told.promise, open: () => text("", { key: id }) }) };
  const lab = await startLab(parts, { servers: { work: { count: 2 } }, manifest: { handlers } });
  const ann = await enter(lab, "ann", { server: "connector-1" });
  const { key: first } = await lab.run(ann.work.jobs.open(text("")));
  ann.work.jobs.tell(text(""));
  await lab.settle();
  void lab.server(first).drain();
  await lab.settle(300);
  const { operations } = lab.server(first).core;
  const asked = outcome(ann.work.jobs.open(text("")));
  await lab.settle(200);
  expect(operations.serving).toBe(1);
  await lab.settle(5_500);
  expect(operations.serving).toBe(0);
  await lab.run(asked);
  expect((await lab.run(ann.work.jobs.open(text("")))).key).not.toBe(first);
  told.open();
});
