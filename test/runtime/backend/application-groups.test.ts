import { ApplicationError, type RunnableApplication } from "gatesmith/runtime";
import { startTestCluster, VirtualTiming } from "gatesmith/testing";
import { describe, expect, it } from "vitest";
import { Jobs } from "../lab/app/work/jobs.js";
import { application } from "../lab/lab.js";

/** Starts a lab whose server type `work` is something else. */
const startWith = (work: unknown) => {
  const lab = application();
  const broken = { ...lab, servers: { ...lab.servers, work } } as unknown as RunnableApplication;
  return startTestCluster(broken, { timing: new VirtualTiming() });
};

class Incomplete {
  ask() {}
}

describe("an application that does not match its schema does not start", () => {
  it.each([
    ["a server type", undefined, 'app/index.ts defines nothing for server type "work"; add it to defineApplication'],
    [
      "a group",
      { groups: {} },
      'app/index.ts: server type "work" has no class for group "jobs"; generate writes app/work/jobs.ts',
    ],
    [
      "a method",
      { groups: { jobs: Incomplete, clock: Incomplete } },
      'app/work/jobs.ts: the class has no method "tell" for route work.jobs.tell; run generate',
    ],
    [
      "a schedule's method",
      { groups: { jobs: Jobs, clock: Incomplete } },
      'app/work/clock.ts: the class has no method "beat" for schedule work.clock.beat; run generate',
    ],
  ])("without %s, and says where it belongs", async (_what, work, message) => {
    const error = await startWith(work).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApplicationError);
    expect((error as Error).message).toBe(message);
  });

  it("when a constructor throws, and throws that", async () => {
    class Broken {
      constructor() {
        throw new Error("no settings");
      }
    }
    await expect(startWith({ groups: { jobs: Broken } })).rejects.toThrow("no settings");
  });
});
