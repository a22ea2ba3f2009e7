/** A home of uids that is lost with what somebody gave it to pass on who noticed last. */
import { inbox } from "gatesmith/testing";
import { expect, it } from "vitest";
import { startFarLab, WINDOW } from "../lab/far-lab.js";
import { text } from "../lab/lab.js";

it("is told to its users once more by whoever noticed later than their connector and pushed to them meanwhile", async () => {
  const lab = await startFarLab({}, { servers: ["connector-1", "connector-2", "work-1"] });
  const { router, userHomeType } = lab.server("connector-1").core;
  const uid = ["ann", "bob", "ben", "bea", "bud"].find((one) => router.home(userHomeType, one)!.id === "connector-2")!;
  const client = await lab.enter(uid, "connector-1");
  const heard = inbox(client.work.onText).messages;
  const gaps: number[] = [];
  client.onGap(() => gaps.push(lab.timing.now()));
  const knows = (id: string) => lab.server(id).core.view.named("connector-2") !== undefined;

  // Nobody hears it any more, and who stands still for a while waits for it longer.
  lab.hub.cut("connector-2");
  lab.hub.deafen("connector-2");
  await lab.settle(500);
  lab.hub.pause("work-1");
  await lab.settle(3_000);
  lab.hub.resume("work-1");
  while (knows("connector-1")) await lab.settle(50);
  await lab.settle(500);
  expect(gaps).not.toEqual([]);
  expect(knows("work-1")).toBe(true);

  const at = lab.timing.now();
  lab.work().push.onText.toUser(uid, text("lost"));
  await lab.settle(2 * WINDOW);
  expect(knows("work-1")).toBe(false);
  expect(heard).toEqual([]);
  expect(gaps.filter((time) => time > at)).not.toEqual([]);

  lab.work().push.onText.toUser(uid, text("heard"));
  await lab.settle(500);
  expect(heard.map((one) => one.text)).toEqual(["heard"]);
});

it("is told to users whose home was another when their push was lost, and to no others where homes stayed", async () => {
  for (const moves of [true, false]) {
    const lab = await startFarLab({}, { servers: ["connector-1", "connector-2", "work-1"] });
    const { router, userHomeType } = lab.server("connector-2").core;
    const homeOf = (uid: string) => router.home(userHomeType, uid)!.id;
    const uids = Array.from({ length: 30 }, (_, index) => `user ${index}`);
    const gaps = new Map<string, number>();
    for (const uid of uids) {
      gaps.set(uid, 0);
      (await lab.enter(uid, "connector-2")).onGap(() => gaps.set(uid, gaps.get(uid)! + 1));
    }
    const lost = uids.filter((uid) => homeOf(uid) === "connector-1");
    // Only what goes from one to the other is lost, for too short a time to be noticed otherwise.
    lab.hub.cut("work-1", "connector-1");
    for (const uid of lost) lab.work().push.onText.toUser(uid, text("lost"));
    if (moves) await lab.run(lab.start("connector-3"));
    await lab.settle(500);
    expect(lost.some((uid) => homeOf(uid) === "connector-3")).toBe(moves);
    for (const uid of uids) gaps.set(uid, 0);
    lab.hub.heal();
    await lab.settle(3_000);
    for (const uid of lost) expect(gaps.get(uid)).toBeGreaterThan(0);
    if (!moves) expect(uids.filter((uid) => gaps.get(uid)! > 0)).toEqual(lost);
  }
});

it("is told to users of a connector that the home did not know", async () => {
  const lab = await startFarLab({}, { servers: ["connector-2", "work-1"] });
  const uids = Array.from({ length: 30 }, (_, index) => `user ${index}`);
  const gaps = new Map<string, number>();
  const heard = new Set<string>();
  for (const uid of uids) {
    const client = await lab.enter(uid, "connector-2");
    client.onGap(() => gaps.set(uid, lab.timing.now()));
    client.work.onText((message) => void heard.add(message.text));
  }
  // The newcomer takes itself for the only one, and only others know better.
  lab.hub.cut("connector-1", "connector-2");
  lab.hub.cut("connector-2", "connector-1");
  await lab.run(lab.start("connector-1"));
  await lab.settle(500);
  const at = lab.timing.now();
  for (const uid of uids) lab.work().push.onText.toUser(uid, text(uid));
  await lab.settle(500);
  const lost = uids.filter((uid) => !heard.has(uid));
  expect(lost).not.toEqual([]);
  lab.hub.heal();
  await lab.settle(3_000);
  for (const uid of lost) expect(gaps.get(uid)).toBeGreaterThan(at);
});
