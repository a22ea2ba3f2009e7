/** The home that a uid had before, and pushes that are under way while a uid moves or is given up. */
import { inbox } from "gatesmith/testing";
import { expect, it } from "vitest";
import { HomeWord } from "../../../runtime/cluster/home-words.js";
import { startFarLab } from "../lab/far-lab.js";
import { text } from "../lab/lab.js";

it("passes them on when a frontend has registered with the new one, though others have not said so yet", async () => {
  const lab = await startFarLab({}, { servers: ["connector-1", "connector-2", "work-1"] });
  const { router, userHomeType } = lab.server("connector-1").core;
  const homeOf = (uid: string) => router.home(userHomeType, uid)!.id;
  const uids = Array.from({ length: 30 }, (_, index) => `user ${index}`).filter((uid) => homeOf(uid) === "connector-1");
  const clients = new Map<string, string[]>();
  for (const uid of uids) {
    const heard: string[] = [];
    clients.set(uid, heard);
    (await lab.enter(uid, "connector-2")).work.onText((message) => void heard.push(message.text));
  }
  const { homes } = lab.server("connector-1").core;
  const heard = homes.heard.bind(homes);
  homes.heard = (from, word, number) => {
    if (from.id !== "connector-2" || word !== HomeWord.REGISTERED) heard(from, word, number);
  };
  // The newcomer and this server never hear of each other.
  lab.hub.cut("connector-3", "work-1");
  await lab.run(lab.start("connector-3"));
  await lab.settle(500);
  expect(homes.complete).toBe(false);
  const moved = uids.filter((uid) => homeOf(uid) === "connector-3");
  expect(moved).not.toEqual([]);
  for (const uid of moved) lab.work().push.onText.toUser(uid, text(uid));
  await lab.settle(500);
  for (const uid of moved) expect(clients.get(uid)).toEqual([uid]);
});

it("passes nothing on to a session that has given the uid up while it was under way", async () => {
  const lab = await startFarLab({}, { servers: ["connector-1", "connector-2", "work-1"] });
  const client = await lab.enter("ann", "connector-1");
  const [session] = [...lab.server("connector-1").frontend!.sessions];
  const heard = inbox(client.work.onText).messages;
  for (let round = 0; round < 20; round++) {
    lab.work().push.onText.toUser("ann", text(""));
    await lab.settle(lab.timing.random() % 5);
    const before = heard.length;
    void session!.unbind();
    await lab.settle(50);
    expect(heard.length).toBe(before);
    await lab.run(session!.bind("ann"));
  }
});
