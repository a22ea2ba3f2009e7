/** Servers of several schemas in one cluster: those that understand each other work together, the others leave each other alone. */
import { describe, expect, it } from "vitest";
import type { RunnableApplication } from "../../../runtime/backend/application.js";
import type { LocalHub } from "../../../runtime/bus/local-bus.js";
import type { Manifest } from "../../../runtime/manifest.js";
import { ManifestTables } from "../../../runtime/manifest-tables.js";
import { RunningServer } from "../../../runtime/running-server.js";
import { manifest } from "../lab/generated/server/index.js";
import { application, connectorOf, enter, type Lab, type Parts, startLab, text } from "../lab/lab.js";
import { memoryLog } from "../lab/memory-log.js";

/** Says who was asked, as `ask` does. */
const PARTS: Parts = { jobs: ({ id }) => ({ open: ({ text: said }) => text(said, { key: id }) }) };

const OWN = manifest.schemaHash;
const NEWER = "eeeeeeeeeeeeeeee";
const ASK = "work.jobs.ask";
const CALL = "work.jobs.call";

/** The lab's schema one version on, in which `ask` is new. */
const NEXT: Partial<Manifest> = {
  version: 4,
  schemaHash: NEWER,
  lineage: [NEWER, OWN],
  handlers: manifest.handlers.map((handler) => (handler.route === ASK ? { ...handler, since: 4 } : handler)),
};

/** And as it was before, without that route. */
const BEFORE: Partial<Manifest> = { handlers: manifest.handlers.filter(({ route }) => route !== ASK) };

/** Another server of a type in a cluster that runs, with a schema of its own. */
async function joinAs(
  lab: Lab,
  type: string,
  changes: Partial<Manifest>,
  log = memoryLog().log,
): Promise<RunningServer> {
  const other: RunnableApplication = { ...application(PARTS), manifest: { ...manifest, ...changes } };
  const { limits } = lab.server("work-1").core;
  const tables = new ManifestTables(other.manifest);
  const server = new RunningServer({ application: other, tables, type, number: 2, timing: lab.timing, limits, log });
  const hub = Reflect.get(Reflect.get(lab.server("work-1"), "bus") as object, "hub") as LocalHub;
  await server.start(hub.join(server.address, server));
  server.becomeReady([]);
  await lab.settle();
  return server;
}

const uids = Array.from({ length: 24 }, (_, number) => `user ${number}`);

describe("servers of two versions", () => {
  it("share the routes that both have; what is new goes to the newer ones", async () => {
    const lab = await startLab(PARTS, { manifest: NEXT });
    const old = await joinAs(lab, "work", BEFORE);
    const [asked, opened] = [new Set<string>(), new Set<string>()];
    for (const uid of uids) {
      const client = await enter(lab, uid);
      opened.add((await lab.run(client.work.jobs.open(text("both have it")))).key);
      asked.add((await lab.run(client.work.jobs.ask(text("new")))).key);
    }
    expect(asked).toEqual(new Set(["work-1"]));
    expect(opened).toEqual(new Set(["work-1", "work-2"]));
    expect(old.core.counters.strayFrames).toBe(0);
    await lab.run(old.stop());
  });

  it("answer NO_SERVER for a route that the one asked does not know, though its version says so", async () => {
    const lab = await startLab(PARTS, { manifest: { ...NEXT, version: 3 } });
    const old = await joinAs(lab, "work", { remotes: manifest.remotes.filter(({ route }) => route !== CALL) });
    const { rpc } = connectorOf(lab);
    const failure = await lab.run(
      rpc.work.jobs.call(text("hello"), { server: "work-2" }).catch((error: unknown) => error),
    );
    expect(failure).toMatchObject({
      name: "NO_SERVER",
      executed: "no",
      message: expect.stringMatching(/^work-2 has no route with number \d+; its schema is older$/),
    });
    await lab.run(old.stop());
  });

  it("that do not understand each other say so on both sides, and leave each other alone", async () => {
    const [here, there] = [memoryLog(), memoryLog()];
    const lab = await startLab(PARTS, { log: here.log });
    const foreign = { schemaHash: "ffffffffffffffff", version: 7, lineage: ["ffffffffffffffff", NEWER] };
    const stranger = await joinAs(lab, "work", foreign, there.log);
    const asked = new Set<string>();
    for (const uid of uids) asked.add((await lab.run((await enter(lab, uid)).work.jobs.ask(text("")))).key);
    expect(asked).toEqual(new Set(["work-1"]));
    const warnings = (lines: typeof here.lines) => lines.filter(({ msg }) => msg.includes("left alone"));
    expect(warnings(here.lines).filter(({ server }) => server === "connector-1")).toMatchObject([
      { level: 40, peer: "work-2", peerVersion: 7, peerSchema: "ffffffffffffffff", version: 3, schema: OWN },
    ]);
    expect(warnings(there.lines)).toContainEqual(
      expect.objectContaining({ peer: "connector-1", peerVersion: 3, peerSchema: OWN, version: 7 }),
    );
    await lab.run(stranger.stop());
    await lab.settle();
    expect(lab.server("connector-1").core.counters.strayFrames).toBe(0);
  });
});
