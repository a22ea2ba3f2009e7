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
