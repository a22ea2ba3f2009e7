import { expect, it } from "vitest";
import { enter, startLab, text } from "../lab.js";

it("works", async () => {
  const lab = await startLab();
  const ann = await enter(lab, "ann");
  expect(await lab.run(ann.work.jobs.ask(text("hi")))).toMatchObject({ text: "hi", key: "work-1" });
});
