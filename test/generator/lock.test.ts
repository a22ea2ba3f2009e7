import { describe, expect, it } from "vitest";
import { loadProject } from "../../generator/load/index.js";
import { nextIds, readLock } from "../../generator/lock.js";
import { formatLock } from "../../generator/lock-text.js";
import type { Lock } from "../../generator/model.js";
import { smallProject } from "./load/small-schema.js";
import { temporaryProject, writeFiles } from "./temporary-project.js";

const SEND = '      send: request(2001, "chat.Say", "chat.Nothing"),\n';
const MORE = `${SEND}      wave: notify(2002, "chat.Say"),\n`;
const REST =
  '  pushes: { onSay: push(2101, "chat.Say") },\n  remotes: { room: { add: rpc("chat.Say", "chat.Nothing") } },\n  handlers: {';

async function lockOf(root: string): Promise<Lock> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return model!.lock;
}

/** The lock after the first schema is written, and then replaced by the second. */
async function lockAfter(first: Changes, second: Changes): Promise<Lock> {
  const text = formatLock(await lockOf(smallProject(first)));
  return lockOf(smallProject(second, { "schema/ids.lock.json": text }));
}

type Changes = readonly (readonly [string, string])[];

describe("the lock file", () => {
  it("gives link ids in the schema's order: handlers, pushes, remotes", async () => {
    const lock = await lockOf(
      smallProject([
        [SEND, MORE],
        ["  handlers: {", REST],
      ]),
    );
    expect(lock.links).toEqual({ "chat.room.send": 1, "chat.room.wave": 2, "chat.onSay": 3, "chat.room.add": 4 });
    expect(lock.messages).toEqual({
      up: { "2001": "chat.room.send", "2002": "chat.room.wave" },
      down: { "2001": "chat.room.send", "2101": "chat.onSay" },
    });
  });

  it("keeps what it knows, and gives new routes the next numbers", async () => {
    const lock = await lockAfter(
      [["  handlers: {", REST]],
      [
        ["version: 1", "version: 2"],
        [SEND, `      wave: notify(2002, "chat.Say"),\n${SEND}`],
      ],
    );
    expect(lock.links).toEqual({ "chat.room.send": 1, "chat.onSay": 2, "chat.room.add": 3, "chat.room.wave": 4 });
    expect(lock.since).toEqual({ "chat.room.send": 1, "chat.onSay": 1, "chat.room.add": 1, "chat.room.wave": 2 });
    expect(lock.messages.down["2101"]).toBe("chat.onSay");
  });

  it("remembers since when there is a schedule, and gives it no number", async () => {
    const scheduled = (text: string): [string, string] => [
      "  handlers: {",
      `  schedules: { room: { ${text} } },\n  handlers: {`,
    ];
    const every: [string, string] = ["defineSchema,", "defineSchema, every,"];
    const first = [every, scheduled('sweep: every("10s"), tell: every("10s")')];
    const lock = await lockAfter(first, [
      every,
      ["version: 1", "version: 2"],
      scheduled('count: every("10s"), sweep: every("1h")'),
    ]);
    expect(lock.schedules).toEqual({ "chat.room.sweep": 1, "chat.room.tell": 1, "chat.room.count": 2 });
    expect([lock.links, lock.since]).toEqual([{ "chat.room.send": 1 }, { "chat.room.send": 1 }]);
    expect(readLock(formatLock(lock)).lock).toEqual(lock);
    expect(lock.lineage.map(({ version }) => version)).toEqual([2]);
    expect(formatLock(await lockOf(smallProject()))).not.toContain("schedules");
  });

  it("remembers an id that a route gave up", async () => {
    const lock = await lockAfter([], [["request(2001", "request(2003"]]);
    expect(lock.messages.up).toEqual({ "2001": "chat.room.send", "2003": "chat.room.send" });
    expect(lock.links).toEqual({ "chat.room.send": 1 });
  });

  it("lets a renamed route keep its numbers", async () => {
    const renamed: Changes = [[SEND, SEND.replace("send:", "say:").replace('"),', '", { was: "chat.room.send" }),')]];
    const lock = await lockAfter([], renamed);
    expect(lock.links).toEqual({ "chat.room.say": 1 });
    expect(lock.messages.up).toEqual({ "2001": "chat.room.say" });
    // The declaration may stay.
    expect(await lockOf(smallProject(renamed, { "schema/ids.lock.json": formatLock(lock) }))).toEqual(lock);
  });

  it("is the same text from run to run, read back as what was written", async () => {
    const root = smallProject([
      [SEND, MORE],
      ["  handlers: {", REST],
    ]);
    const text = formatLock(await lockOf(root));
    writeFiles(root, { "schema/ids.lock.json": text });
    expect(formatLock(await lockOf(root))).toBe(text);
    expect(text.endsWith("}\n")).toBe(true);
    expect(readLock(text)).toEqual({ lock: await lockOf(root), diagnostics: [] });
  });

  it("orders ids as numbers, those of two parts too", () => {
    const up = { "7,2": "a", "7,10": "b", "10,1": "c" };
    const scrambled = { "10,1": "c", "7,10": "b", "7,2": "a" };
    const lock = { messages: { up: scrambled, down: {} }, links: {}, since: {}, schedules: {} };
    expect(Object.keys(nextIds(lock, [], [], 1).messages.up)).toEqual(Object.keys(up));
  });

  it("may be absent", async () => {
    expect((await loadProject(temporaryProject())).diagnostics).toHaveLength(1);
    expect((await lockOf(smallProject())).format).toBe(2);
  });

  it("may be of format 1, which remembered ids alone", async () => {
    const { messages, links, since } = await lockOf(smallProject());
    const former = JSON.stringify({ format: 1, messages, links, since, lineage: ["0123456789abcdef"] });
    const { lock, diagnostics } = readLock(former);
    expect(diagnostics).toEqual([]);
    expect(lock).toEqual({
      format: 2,
      messages,
      links,
      since,
      schedules: {},
      lineage: [],
      facts: null,
      predecessor: null,
    });
  });

  it("puts a line of its own to every route, message and error", async () => {
    const root = smallProject([
      [SEND, MORE],
      ["  handlers: {", REST],
    ]);
    const lines = formatLock(await lockOf(root)).split("\n");
    expect(lines).toContain(
      '      "chat.room.add": { "kind": "rpc", "link": 4, "message": "chat.Say", "response": "chat.Nothing" },',
    );
    expect(lines).toContain('      "chat.Say": { "fields": { "1": { "name": "text", "type": "string" } } },');
    expect(lines.filter((line) => line.length > 130)).toEqual([]);
  });
});
