import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { planStubs } from "../../../generator/stubs/index.js";
import { buildModel } from "../model-builder.js";
import { temporaryProject } from "../temporary-project.js";

const ofRepository = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../${path}`, import.meta.url)), "utf8");

const reference = {
  gate: { entry: { query: "request" } },
  connector: { entry: { enter: "request" } },
  chat: { room: { send: "request", typing: "notify", add: "remote" } },
} as const;

it("gives schedules a method without an answer", () => {
  const room = { send: "request", sweep: { kind: "schedule", doc: "Who is silent?" } } as const;
  const { files } = planStubs(temporaryProject(), buildModel({ servers: { chat: { room } } }));
  expect(files[0]!.added).toEqual(["chat.room.send", "chat.room.sweep"]);
  expect(files[0]!.text).toContain("  ChatScheduleContext,\n");
  expect(files[0]!.text).toContain(`
  /** Who is silent? */
  sweep(_context: ChatScheduleContext): void {
    return this.server.notImplemented("chat.room.sweep");
  }
`);
});

it("writes one class a group, whose methods answer NOT_IMPLEMENTED", () => {
  const model = buildModel({
    servers: {
      chat: {
        room: {
          send: { kind: "request", doc: "Say something.\n\nTo everybody */ or to one." },
          typing: "notify",
          add: { kind: "remote", request: "chat.Member", response: "chat.Member", doc: "Adds a member." },
        },
      },
    },
  });
  const { files, reports } = planStubs(temporaryProject(), model);
  expect(reports).toEqual([]);
  expect(files.map(({ path, kind, added }) => ({ path, kind, added }))).toEqual([
    { path: "app/chat/room.ts", kind: "created", added: ["chat.room.send", "chat.room.typing", "chat.room.add"] },
    { path: "app/index.ts", kind: "created", added: ["chat.room"] },
  ]);
  expect(files[0]!.text).toBe(`import type {
  ChatContext,
  ChatRemoteContext,
  ChatRoom,
  ChatServer,
  Member,
  SendRequest,
  SendResponse,
  TypingRequest,
} from "../../generated/server/index.js";

export class Room implements ChatRoom {
  readonly server: ChatServer;

  constructor(server: ChatServer) {
    this.server = server;
  }

  /**
   * Say something.
   *
   * To everybody *\\/ or to one.
   */
  send(_request: SendRequest, _context: ChatContext): SendResponse {
    return this.server.notImplemented("chat.room.send");
  }

  typing(_message: TypingRequest, _context: ChatContext): void {
    return this.server.notImplemented("chat.room.typing");
  }

  /** Adds a member. */
  add(_request: Member, _context: ChatRemoteContext): Member {
    return this.server.notImplemented("chat.room.add");
  }
}
`);
});

it("gives a class another name where a message has it", () => {
  const model = buildModel({
    servers: { chat: { room: { open: { kind: "request", request: "chat.Room", response: "chat.Room" } } } },
  });
  const [group, application] = planStubs(temporaryProject(), model).files;
  expect(group!.text).toContain("export class RoomGroup implements ChatRoom {");
  expect(application!.text).toContain('import { RoomGroup } from "./chat/room.js";');
  expect(application!.text).toContain("chat: { groups: { room: RoomGroup } },");
});

it("wires the classes there are as the reference application does", () => {
  const root = temporaryProject(
    Object.fromEntries(
      ["app/gate/entry.ts", "app/connector/entry.ts", "app/chat/room.ts"].map((path) => [path, ofRepository(path)]),
    ),
  );
  const { files } = planStubs(root, buildModel({ servers: reference }));
  expect(files).toEqual([
    {
      path: "app/index.ts",
      kind: "created",
      added: ["gate.entry", "connector.entry", "chat.room"],
      text: ofRepository("app/index.ts"),
    },
  ]);
});

it("wires server types without groups, names that must be quoted, and classes whose names meet", () => {
  const model = buildModel({
    servers: { gate: {}, "match-maker": { queue: { join: "request" } }, chat: { queue: { join: "request" } } },
  });
  expect(
    planStubs(temporaryProject(), model).files.at(-1)!.text,
  ).toBe(`import { defineApplication } from "../generated/server/index.js";
import { Queue as ChatQueue } from "./chat/queue.js";
import { Queue as MatchMakerQueue } from "./match-maker/queue.js";

export default defineApplication({
  gate: { groups: {} },
  "match-maker": { groups: { queue: MatchMakerQueue } },
  chat: { groups: { queue: ChatQueue } },
});
`);
});

it("changes nothing when everything is there", () => {
  const paths = ["app/gate/entry.ts", "app/connector/entry.ts", "app/chat/room.ts", "app/index.ts"];
  const root = temporaryProject(Object.fromEntries(paths.map((path) => [path, ofRepository(path)])));
  expect(planStubs(root, buildModel({ servers: reference }))).toEqual({ files: [], reports: [] });
});
