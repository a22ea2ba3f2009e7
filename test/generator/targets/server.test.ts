import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { manifest as reference } from "../../../generated/server/index.js";
import { generate } from "../../../generator/generate.js";
import { loadProject } from "../../../generator/load/index.js";
import { serverTarget } from "../../../generator/targets/server/index.js";
import { Slab } from "../../../wire/slab.js";
import { temporaryProject } from "../temporary-project.js";

const repository = fileURLToPath(new URL("../../..", import.meta.url));
const awkward = fileURLToPath(new URL("fixtures/awkward", import.meta.url));

async function emit(root: string): Promise<Map<string, string>> {
  const { model, diagnostics } = await loadProject(root);
  expect(diagnostics).toEqual([]);
  return new Map(serverTarget.emit(model!).map(({ path, text }) => [path, text]));
}

it("writes one module a server type and a .proto file, and gives way where a name is taken", async () => {
  expect([...(await emit(repository)).keys()].sort()).toEqual([
    "application.ts",
    "chat.ts",
    "connector.ts",
    "errors.ts",
    "gate.ts",
    "index.ts",
    "layouts.ts",
    "manifest.ts",
    "messages/chat.ts",
    "rpc.ts",
  ]);
  const paths = [...(await emit(awkward)).keys()];
  expect(new Set(paths).size).toBe(paths.length);
  expect(paths).toEqual(expect.arrayContaining(["index-server.ts", "rpc-server.ts", "messages/world/places.ts"]));
});

it("carries the schema's doc comments", async () => {
  const files = await emit(repository);
  expect(files.get("chat.ts")).toContain(
    "  /** Say something to the room, or to one member. */\n  send(request: SendRequest, context: ChatContext)",
  );
  expect(files.get("chat.ts")).toContain("  /** Somebody is writing. */\n  readonly onTyping: PushSender<Typing");
  expect(files.get("chat.ts")).toContain("Keeps the rooms. All members of a room are on one server.");
  expect(files.get("rpc.ts")).toContain("/** Adds the session to the room, and tells the members. */\n      add(");
  expect(files.get("errors.ts")).toContain("  /** Somebody in the room has this name. */\n  NAME_TAKEN: 1001,");
  expect((await emit(awkward)).get("chat.ts")).toContain("/** Ends a comment: *\\/ and goes on. */");
});

it("exports every name once, API before messages, messages by their package where they would meet", async () => {
  const index = (await emit(awkward)).get("index.ts")!;
  const exported = [...index.matchAll(/^ {2}(?:\S+ as )?(\S+),$/gm)].map(([, name]) => name!);
  expect(new Set(exported).size).toBe(exported.length);
  expect(index).toContain("  Session,\n");
  expect(index).toContain("  Session as World_Session,\n");
  expect(index).toContain("  ChatServer as ChatServer_2,\n");
  expect(index).toContain('  ChatRoomList,\n  ChatRoom,\n} from "./chat.js"');
  expect(index).toContain('  ChatRoom_List,\n  ChatRoomClock,\n} from "./chatRoom.js"');
});

it("asks for a target where a remote's type needs one, and only there", async () => {
  expect((await emit(repository)).get("rpc.ts")).toContain("add(request: AddMember, to: RpcTarget<SessionData>,");
  expect((await emit(awkward)).get("rpc.ts")).not.toMatch(/ to: /);
});

it("gives schedules a context and a table, and types without any no context", async () => {
  const files = await emit(awkward);
  const module = files.get("chatRoom.ts")!;
  expect(module).toContain("export type ChatRoomScheduleContext = ScheduleContext;\n");
  expect(module).toContain("/** The remotes and schedules of `chatRoom.list`. */");
  expect(module).toContain(
    "  /** Looks whether anybody is there. */\n  look(context: ChatRoomScheduleContext): void | Promise<void>;",
  );
  expect(module).toContain("/** The schedules of `chatRoom.clock`. */");
  expect(files.get("chat.ts")).not.toContain("ScheduleContext");
  expect(files.get("index.ts")).toContain("  ChatRoomScheduleContext,\n");
  expect(files.get("manifest.ts")).toContain(`      groups: ["list", "clock"],`);
  expect(files.get("manifest.ts")).toContain(`  schedules: [
    {
      name: "chatRoom.list.look",
      serverType: "chatRoom",
      group: "list",
      method: "look",
      since: 7,
      when: { kind: "every", interval: 10000 },
      on: "each",
      overlap: "skip",
      timeout: 60000,
    },
    {
      name: "chatRoom.clock.night",
      serverType: "chatRoom",
      group: "clock",
      method: "night",
      since: 7,
      when: { kind: "cron", expression: "0 4 * * *", timezone: "Europe/Berlin" },
      on: "one",
      overlap: "queue",
      timeout: 3600000,
    },
  ],
`);
});

it("tells the runtime what the model says", async () => {
  const { model } = await loadProject(repository);
  const groups = model!.servers.flatMap((server) => server.groups);
  expect(reference.schemaHash).toBe(model!.schemaHash);
  expect(reference.lineage).toEqual(model!.lock.lineage.map(({ hash }) => hash));
  expect(reference.protocols).toMatchObject([
    {
      name: "main",
      body: "protobuf",
      key: "id",
      control: { kind: "handshake", heartbeat: 10_000, timeout: 25_000, controlId: 65_535 },
      sequence: { push: "count", deduplicate: true },
    },
  ]);
  expect(reference.session!.fields).toEqual({ room: 1, name: 2 });
  expect(reference.errors).toEqual({ NAME_TAKEN: 1001, ALREADY_ENTERED: 1002, NO_SUCH_MEMBER: 1003, BAD_NAME: 1004 });
  for (const [index, handler] of groups.flatMap(({ handlers }) => handlers).entries()) {
    const { route, kind, method, linkId, timeout, rate, maxBytes, order } = handler;
    const [messageId] = handler.messageId;
    const entry = reference.handlers[index]!;
    expect(entry).toMatchObject({ route, kind, method, messageId, linkId, timeout, rate, maxBytes, order });
    expect(entry.public).toBe(handler.public);
    expect([entry.request.name, entry.response?.name ?? null]).toEqual([handler.request, handler.response]);
  }
  expect(reference.remotes.map(({ route, linkId }) => [route, linkId])).toEqual(
    groups.flatMap(({ remotes }) => remotes).map(({ route, linkId }) => [route, linkId]),
  );
  expect(reference.pushes.map(({ route, overflow, message }) => [route, overflow, message.name])).toEqual(
    model!.servers.flatMap(({ pushes }) => pushes).map(({ route, overflow, message }) => [route, overflow, message]),
  );
});

it("finds routing keys in the session's data, and in the messages of a type that routes by them", async () => {
  const chat = reference.servers.find(({ name }) => name === "chat")!;
  if (chat.routeBy?.kind !== "sessionData") throw new Error("chat is routed by session data");
  const slab = new Slab(64);
  reference.session!.body.encode({ room: "lobby", name: "ann" }, slab);
  const key = { start: 0, end: 0 };
  chat.routeBy.scanKey(slab, 0, slab.length, key);
  expect(Buffer.from(slab.bytes.subarray(key.start, key.end)).toString()).toBe("lobby");

  const root = temporaryProject();
  cpSync(join(awkward, "schema"), join(root, "schema"), { recursive: true });
  await generate(root, { check: false });
  const { manifest } = (await import(join(root, "generated/server/index.ts"))) as { manifest: typeof reference };
  expect(manifest.session).toBeNull();
  expect(manifest.handlers.map(({ route, scanKey }) => [route, scanKey !== null])).toEqual([
    ["rpc.server.session", false],
    ["index.context.move", true],
    ["index.context.look", true],
    ["state.chatRoom.list", false],
    ["chat.roomList.list", false],
    ["chat.room.open", false],
  ]);
  const [, move, look] = manifest.handlers;
  for (const { request, scanKey } of [move!, look!]) {
    slab.length = 0;
    request.encode({ playerId: 300n }, slab);
    scanKey!(slab, 0, slab.length, key);
    expect([...slab.bytes.subarray(key.start, key.end)]).toEqual([0xac, 0x02]);
  }
});
