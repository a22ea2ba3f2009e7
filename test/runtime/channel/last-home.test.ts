/** Channels whose last home leaves, and nobody follows. */
import { expect, it } from "vitest";
import { type FarLab, startFarLab } from "../lab/far-lab.js";
import type { LabClient } from "../lab/generated/client-typescript/index.js";
import { outcome, type Parts, text } from "../lab/lab.js";

const parts: Parts = {
  jobs: (server) => ({
    ask(request, { session }) {
      server.channel(request.key).join(session);
      return request;
    },
  }),
};

async function enter(lab: FarLab): Promise<{ ann: LabClient; heard: string[]; gaps: number[] }> {
  const ann = await lab.enter("ann", "connector-1");
  await lab.run(outcome(ann.work.jobs.ask(text("join", { key: "lobby" }))));
  await lab.settle(500);
  const heard: string[] = [];
  const gaps: number[] = [];
  ann.work.onText(({ text: line }) => heard.push(line));
  ann.onGap(() => gaps.push(lab.timing.now()));
  return { ann, heard, gaps };
}

it("hears what the last server publishes while it leaves, in order", async () => {
  const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1"] });
  const { heard, gaps } = await enter(lab);
  const { onText } = lab.work().push;
  onText.toChannel("lobby", text("before"));
  const drained = lab.server("work-1").drain();
  await lab.settle(500);
  onText.toChannel("lobby", text("one"));
  onText.toChannel("lobby", text("two"));
  onText.toChannel("attic", text("to nobody"));
  await lab.run(drained);
  await lab.stop("work-1");
  await lab.settle(500);
  expect(heard).toEqual(["before", "one", "two"]);
  expect(gaps).toEqual([]);
});

it("is told of what it cannot hear, because something else may still be under way", async () => {
  const lab = await startFarLab(parts, { servers: ["connector-1", "connector-2", "work-1"] });
  const { heard, gaps } = await enter(lab);
  const server = lab.server("work-1");
  const drained = server.drain();
  server.core.view.drains(server.core.self());
  lab.work().push.onText.toChannel("lobby", text("too early"));
  lab.work().push.onLatest.toChannel("lobby", text("as it may"));
  const at = lab.timing.now();
  await lab.run(drained);
  await lab.stop("work-1");
  await lab.settle(500);
  expect(heard).toEqual([]);
  expect(gaps).toHaveLength(1);
  expect(gaps[0]).toBeGreaterThanOrEqual(at);
  expect(server.core.counters.droppedPushes).toBe(2);
});
