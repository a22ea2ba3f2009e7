/** What a frontend does with what its clients sent while its process stood still. */
import { expect, it } from "vitest";
import { startFarLab, WINDOW } from "../lab/far-lab.js";
import { outcome, type Parts, text } from "../lab/lab.js";

function counting(): { readonly parts: Parts; readonly ran: string[] } {
  const ran: string[] = [];
  const parts: Parts = {
    own: () => ({
      ask(request) {
        ran.push(request.text);
        return request;
      },
    }),
  };
  return { parts, ran };
}

it("runs nothing of it when it was given up meanwhile, and takes nobody new", async () => {
  const { parts, ran } = counting();
  const lab = await startFarLab(parts);
  const ann = await lab.enter("ann", "connector-1");
  await lab.run(outcome(ann.connector.own.ask(text("before"))));
  lab.hub.pause("connector-1");
  await lab.settle(WINDOW + 2_000);
  const late = outcome(ann.connector.own.ask(text("late")));
  await lab.settle(10);
  lab.hub.resume("connector-1");
  expect(await lab.run(late)).toMatchObject({ executed: "unknown" });
  expect(lab.lines.filter(({ msg }) => msg === "the others have given this server up")).toHaveLength(1);
  const refused = { opened: 0, closed: 0 };
  const socket = { remoteAddress: "", buffered: () => 0, send: () => true, close: () => void refused.closed++ };
  if (lab.server("connector-1").frontend!.opened(socket) !== null) refused.opened++;
  expect(refused).toEqual({ opened: 0, closed: 1 });
  expect(ran).toEqual(["before"]);
});

it("takes nothing before it has asked the bus, whatever is read first when it goes on", async () => {
  const { parts, ran } = counting();
  const lab = await startFarLab(parts);
  const ann = await lab.enter("ann", "connector-1");
  lab.server("connector-1").place!.awake = () => false;
  const late = outcome(ann.connector.own.ask(text("late")));
  await lab.settle(10_000);
  expect(ran).toEqual([]);
  expect(await lab.run(late)).toMatchObject({ name: "TIMEOUT" });
});

it("goes on with it when it stood still for less than the others wait", async () => {
  const { parts, ran } = counting();
  const lab = await startFarLab(parts);
  const ann = await lab.enter("ann", "connector-1");
  lab.hub.pause("connector-1");
  await lab.settle(WINDOW - 2_000);
  const soon = outcome(ann.connector.own.ask(text("soon")));
  await lab.settle(10);
  lab.hub.resume("connector-1");
  await lab.run(soon);
  expect(ran).toEqual(["soon"]);
});

it("looks at the clock once a tick", async () => {
  const { parts, ran } = counting();
  const lab = await startFarLab(parts);
  const ann = await lab.enter("ann", "connector-1");
  const place = lab.server("connector-1").place!;
  const { awake } = place;
  let looks = 0;
  place.awake = () => {
    looks++;
    return awake.call(place);
  };
  const asked = ["one", "two", "three"].map((line) => outcome(ann.connector.own.ask(text(line))));
  for (const one of asked) await lab.run(one);
  expect(ran).toHaveLength(3);
  expect(looks).toBe(1);
});
