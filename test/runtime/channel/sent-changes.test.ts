import { expect, it } from "vitest";
import { startFarLab, WINDOW } from "../lab/far-lab.js";
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

const servers = ["connector-1", "work-1", "work-2", "work-3"];

it("makes a session a member whose join went to a home that nobody knew to be dead, and tells it of what it may have missed", async () => {
  const lab = await startFarLab(parts, { servers });
  const ann = await lab.enter("ann", "connector-1");
  await lab.run(outcome(ann.work.jobs.ask(text("nothing"))));
  let gaps = 0;
  ann.onGap(() => gaps++);
  const heard: string[] = [];
  ann.work.onText(({ text: line }) => heard.push(line));
  const [home] = lab.of("work").filter(({ core }) => core.homes.isHome("lobby"));
  const asked = outcome(ann.work.jobs.ask(text("join", { key: "lobby" })));
  lab.kill(home!.core.id);
  await lab.run(asked);
  await lab.settle(2 * WINDOW);
  for (const { core } of lab.of("work")) expect(core.sentChanges.size).toBe(0);
  const [heir] = lab.of("work");
  lab.work(heir!.core.id).push.onText.toChannel("lobby", text("here"));
  await lab.settle(500);
  expect(heard).toEqual(["here"]);
  expect(gaps).toBeGreaterThan(0);
});

it("remembers no join that was taken, and tells of no gap", async () => {
  const lab = await startFarLab(parts, { servers });
  const ann = await lab.enter("ann", "connector-1");
  let gaps = 0;
  ann.onGap(() => gaps++);
  for (const name of ["red", "green", "blue"]) {
    await lab.run(outcome(ann.work.jobs.ask(text("join", { key: name }))));
    await lab.run(outcome(ann.work.jobs.ask(text("leave", { key: name }))));
  }
  await lab.settle(500);
  for (const { core } of lab.of("work")) expect(core.sentChanges.size).toBe(0);
  expect(gaps).toBe(0);
});

it("forgets joins of sessions that are over, and of servers that are gone", async () => {
  const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1"] });
  const ann = await lab.enter("ann", "connector-2");
  await lab.run(outcome(ann.work.jobs.ask(text("nothing"))));
  lab.hub.cut("work-1", "connector-2");
  void outcome(ann.work.jobs.ask(text("join", { key: "lobby" })));
  await lab.settle(500);
  expect(lab.server("work-1").core.sentChanges.size).toBe(1);
  lab.kill("connector-2");
  await lab.settle(2 * WINDOW);
  expect(lab.server("work-1").core.sentChanges.size).toBe(0);
});
