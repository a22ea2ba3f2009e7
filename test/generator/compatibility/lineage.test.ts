/** What `generate` remembers from one state of a schema to the next, so that no deployed client is forgotten by accident. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LINEAGE_LIMIT, trim } from "../../../generator/compatibility/lineage.js";
import { type LoadedProject, loadProject } from "../../../generator/load/index.js";
import { formatLock } from "../../../generator/lock-text.js";
import type { LineageEntry } from "../../../generator/model.js";
import { changed, SMALL_PROTO } from "../load/small-schema.js";
import { temporaryProject, writeFiles } from "../temporary-project.js";

const SEND = '      send: request(2001, "chat.Say", "chat.Nothing"),\n';
const SAY = "string text = 1;";

interface State {
  version?: number;
  /** Routes besides `send`, by name and id. */
  routes?: Record<string, number>;
  /** Fields of `chat.Say`. */
  fields?: string;
  text?: [from: string, to: string];
}

/** A project that is generated, changed, and generated again; only the lock file is kept in between. */
class Project {
  readonly #root = temporaryProject();

  async generate({ version = 1, routes = {}, fields = SAY, text = ["", ""] }: State): Promise<LoadedProject> {
    const added = Object.entries(routes).map(([name, id]) => `      ${name}: notify(${id}, "chat.Say"),\n`);
    writeFiles(this.#root, {
      "schema/index.ts": changed([["version: 1", `version: ${version}`], [SEND, SEND + added.join("")], text]),
      "schema/chat.proto": SMALL_PROTO.replace(SAY, fields),
    });
    const project = await loadProject(this.#root);
    expect(project.diagnostics).toEqual([]);
    writeFiles(this.#root, { "schema/ids.lock.json": formatLock(project.model!.lock) });
    return project;
  }
}

const hashOf = ({ model }: LoadedProject) => model!.schemaHash;
const hashes = ({ model }: LoadedProject) => model!.lock.lineage.map(({ hash }) => hash);

describe("the lineage", () => {
  it("begins with the schema itself", async () => {
    const first = await new Project().generate({});
    expect(first.model!.lock.lineage).toEqual([{ hash: hashOf(first), version: 1 }]);
    expect(first.model!.lock.predecessor).toBeNull();
    expect(first.ended).toBeNull();
  });

  it("is the same when nothing has changed", async () => {
    const project = new Project();
    const { lock } = (await project.generate({})).model!;
    expect((await project.generate({})).model!.lock).toEqual(lock);
  });

  it("grows by what only adds, newest first", async () => {
    const project = new Project();
    const first = await project.generate({});
    const second = await project.generate({ routes: { wave: 2002 } });
    const third = await project.generate({ version: 2, routes: { wave: 2002 }, fields: `${SAY} int32 mood = 2;` });
    expect(third.model!.lock.lineage).toEqual([
      { hash: hashOf(third), version: 2 },
      { hash: hashOf(second), version: 1 },
      { hash: hashOf(first), version: 1 },
    ]);
    expect(third.ended).toBeNull();
  });

  it("goes on over a route that was renamed, a message that was, and a reserved number", async () => {
    const project = new Project();
    const first = await project.generate({ fields: `${SAY} int32 mood = 2;` });
    const text: [string, string] = [
      SEND,
      SEND.replace("send:", "say:").replace('"),', '", { was: "chat.room.send" }),'),
    ];
    const second = await project.generate({ text, fields: `${SAY} reserved 2;` });
    expect(hashes(second)).toEqual([hashOf(second), hashOf(first)]);
    // The declaration may go once the lock file knows.
    const third = await project.generate({ text: ["send:", "say:"], fields: `${SAY} reserved 2;` });
    expect(hashes(third)).toEqual(hashes(second));
  });

  it("ends with what breaks it, and says what does, where, and for whom", async () => {
    const project = new Project();
    const first = await project.generate({});
    const second = await project.generate({ fields: "int32 text = 1;" });
    expect(hashes(second)).toEqual([hashOf(second)]);
    expect(second.ended).toMatchObject({
      entry: { hash: hashOf(first), version: 1 },
      breaks: [{ rule: "field-type-changed", level: "wire", position: { file: "schema/chat.proto", line: 9 } }],
    });
  });

  it("goes on for clients when servers alone cannot go on", async () => {
    const project = new Project();
    const first = await project.generate({});
    const internal: [string, string] = [
      "internal: layout({}, {})",
      "internal: layout({}, { target: u16(role.target()) })",
    ];
    const second = await project.generate({ text: internal });
    expect(second.model!.lock.lineage).toEqual([
      { hash: hashOf(second), version: 1 },
      { hash: hashOf(first), version: 1, clientsOnly: true },
    ]);
    expect(second.ended!.breaks).toMatchObject([{ rule: "layout-changed", clients: false }]);
    // Nor do servers of the one after understand those of the first.
    const third = await project.generate({ text: internal, routes: { wave: 2002 } });
    expect(third.model!.lock.lineage.map(({ clientsOnly }) => clientsOnly)).toEqual([undefined, undefined, true]);
    expect(third.ended).toBeNull();
  });

  it("has servers back when what they could not go on with was tried out only", async () => {
    const project = new Project();
    const released = await project.generate({});
    await project.generate({
      version: 2,
      text: ["typeId: 3", 'typeId: 3, remotes: { a: { b: rpc("chat.Say", "chat.Say") } }'],
    });
    // The remote goes again: nobody outside has heard of it.
    const second = await project.generate({ version: 2, routes: { wave: 2002 } });
    expect(second.model!.lock.lineage).toMatchObject([
      { hash: hashOf(second), version: 2 },
      { version: 2, clientsOnly: true },
      { hash: hashOf(released), version: 1 },
    ]);
    expect(second.model!.lock.lineage[2]!.clientsOnly).toBeUndefined();
    expect(second.ended).toBeNull();
  });

  it("does not end with what programs alone notice, nor with a version that goes down", async () => {
    const project = new Project();
    const first = await project.generate({ version: 2 });
    const second = await project.generate({ version: 1, fields: "string words = 1;" });
    expect(hashes(second)).toEqual([hashOf(second), hashOf(first)]);
  });

  it("remembers what was released while the next version is tried out, broken and mended", async () => {
    const project = new Project();
    const released = await project.generate({});
    const tried = await project.generate({ version: 2, routes: { wave: 2002 }, fields: `${SAY} int32 mood = 2;` });
    // Nobody has seen the new field yet: it may still change its type.
    const changedMind = await project.generate({
      version: 2,
      routes: { wave: 2002 },
      fields: `${SAY} string mood = 2;`,
    });
    expect(hashes(changedMind)).toEqual([hashOf(changedMind), hashOf(released)]);
    expect(hashes(changedMind)).not.toContain(hashOf(tried));
    expect(changedMind.ended).toBeNull();
    // What was released is another thing.
    const broken = await project.generate({ version: 2, fields: "int32 text = 1;" });
    expect(hashes(broken)).toEqual([hashOf(broken)]);
    expect(broken.ended!.entry.hash).toBe(hashOf(released));
    const mended = await project.generate({ version: 2, fields: `${SAY} bool mood = 2;` });
    expect(hashes(mended)).toEqual([hashOf(mended), hashOf(released)]);
  });

  it("knows the version before even when that one's number comes back", async () => {
    const project = new Project();
    const first = await project.generate({});
    const second = await project.generate({ version: 2, routes: { wave: 2002 } });
    const back = await project.generate({});
    expect(new Set(hashes(back))).toEqual(new Set([hashOf(first)]));
    const again = await project.generate({ version: 2, routes: { wave: 2002 } });
    expect(hashes(again)).toEqual([hashOf(second), hashOf(first)]);
  });

  it("begins anew without the facts of the schema before", async () => {
    const root = temporaryProject({ "schema/index.ts": changed([]), "schema/chat.proto": SMALL_PROTO });
    const { lock, schemaHash } = (await loadProject(root)).model!;
    const { messages, links, since } = lock;
    const former = { format: 1, messages, links, since, lineage: [schemaHash] };
    writeFiles(root, { "schema/ids.lock.json": JSON.stringify(former) });
    expect((await loadProject(root)).model!.lock).toEqual(lock);
  });
});

describe("a long lineage", () => {
  const entries = fc
    .array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 60 })
    .map((versions) =>
      versions
        .sort((a, b) => b - a)
        .map((version, index): LineageEntry => ({ hash: String(index).padStart(16, "0"), version })),
    );

  it("is bounded, keeps its order and itself, and forgets a version's last state last", () => {
    expect(LINEAGE_LIMIT).toBe(256);
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 30 }), (all, limit) => {
        const kept = trim(all, limit);
        expect(kept).toHaveLength(Math.min(all.length, limit));
        expect(kept[0]).toBe(all[0]);
        expect(all.filter((entry) => kept.includes(entry))).toEqual(kept);
        const last = (entry: LineageEntry) => all.find(({ version }) => version === entry.version) === entry;
        if (kept.some((entry) => !last(entry)))
          expect(all.filter(last).every((entry) => kept.includes(entry))).toBe(true);
      }),
    );
  });
});
