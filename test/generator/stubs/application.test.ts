import { describe, expect, it } from "vitest";
import { planStubs } from "../../../generator/stubs/index.js";
import { buildModel, type ModelSketch } from "../model-builder.js";
import { temporaryProject } from "../temporary-project.js";

const IMPORTS = `import { defineApplication } from "../generated/server/index.js";
import { Room } from "./chat/room.js";
`;

const classFile = (interfaceName: string, name: string) =>
  `import type { ${interfaceName} } from "../../generated/server/index.js";
export class ${name} implements ${interfaceName} { send() { return {}; } }
`;

const ROOM = { "app/chat/room.ts": classFile("ChatRoom", "Room") };

function plan(text: string, servers: ModelSketch["servers"], files: Record<string, string> = ROOM) {
  const root = temporaryProject({ ...files, "app/index.ts": text });
  const result = planStubs(root, buildModel({ servers }));
  return { ...result, text: result.files.find(({ path }) => path === "app/index.ts")?.text };
}

const room = { send: "request" } as const;

describe("a new group is wired", () => {
  const cases: [name: string, before: string, after: string][] = [
    [
      "into an object on one line",
      `${IMPORTS}
export default defineApplication({ chat: { groups: { room: Room } } });
`,
      `${IMPORTS}import { Lobby } from "./chat/lobby.js";

export default defineApplication({ chat: { groups: { room: Room, lobby: Lobby } } });
`,
    ],
    [
      "behind a trailing comma, and behind the comment of the last import",
      `import { defineApplication } from '../generated/server/index.js'
import { Room } from './chat/room.js'; // the only one

export default defineApplication({
\tchat: { before: [], groups: { room: Room, } },
})
`,
      `import { defineApplication } from '../generated/server/index.js'
import { Room } from './chat/room.js'; // the only one
import { Lobby } from './chat/lobby.js';

export default defineApplication({
\tchat: { before: [], groups: { room: Room, lobby: Lobby, } },
})
`,
    ],
    [
      "into an object on several lines, before the comments that end it",
      `${IMPORTS}
const groups = {
    room: Room // the rooms
    // more to come
    }

export default defineApplication({ chat: { groups } });
`,
      `${IMPORTS}import { Lobby } from "./chat/lobby.js";

const groups = {
    room: Room, // the rooms
    // more to come
    lobby: Lobby
    }

export default defineApplication({ chat: { groups } });
`,
    ],
    [
      "into an empty object, where its class's name is taken",
      `import { defineApplication } from "../generated/server/index.js";
const Lobby = "lobby";
export default defineApplication({ chat: { groups: { room: Lobby as never /* ! */ } } });
`,
      `import { defineApplication } from "../generated/server/index.js";
import { Lobby as ChatLobby } from "./chat/lobby.js";
const Lobby = "lobby";
export default defineApplication({ chat: { groups: { room: Lobby as never, lobby: ChatLobby /* ! */ } } });
`,
    ],
  ];
  for (const [name, before, after] of cases) {
    it(name, () => {
      const { text, files, reports } = plan(before, { chat: { room, lobby: room } });
      expect(reports).toEqual([]);
      expect(text).toBe(after);
      expect(files.map(({ path, kind, added }) => ({ path, kind, added }))).toEqual([
        { path: "app/chat/lobby.ts", kind: "created", added: ["chat.lobby.send"] },
        { path: "app/index.ts", kind: "extended", added: ["chat.lobby"] },
      ]);
    });
  }

  it("with carriage returns where the file has them", () => {
    const before = `${IMPORTS}\nexport default defineApplication({\n  chat: {\n    groups: {\n      room: Room,\n    },\n  },\n});\n`;
    const { text } = plan(before.replaceAll("\n", "\r\n"), { chat: { room, lobby: room } });
    expect(text!.split("\r\n").join("")).not.toMatch(/[\r\n]/);
    expect(text!.replaceAll("\r\n", "\n")).toBe(
      before
        .replace("room.js", 'room.js";\nimport { Lobby } from "./chat/lobby.js')
        .replace("room: Room,\n", "room: Room,\n      lobby: Lobby,\n"),
    );
  });
});

it("wires a new server type, with and without groups", () => {
  const before = `${IMPORTS}
export default defineApplication(
  {
    chat: { groups: { room: Room } },
  },
  { error: undefined },
);
`;
  const { text, files } = plan(before, { gate: {}, chat: { room }, match: { room } });
  expect(text).toBe(`${IMPORTS}import { Room as MatchRoom } from "./match/room.js";

export default defineApplication(
  {
    chat: { groups: { room: Room } },
    gate: { groups: {} },
    match: { groups: { room: MatchRoom } },
  },
  { error: undefined },
);
`);
  expect(files.at(-1)!.added).toEqual(["gate", "match.room"]);
});

it("finds a class where the application imports it from", () => {
  const before = `import { defineApplication } from "../generated/server/index.js";
import { TalkingRoom } from "./talking.js";
export default defineApplication({ chat: { groups: { room: TalkingRoom } } });
`;
  const talking = `import type { ChatRoom, ChatServer } from "../generated/server/index.js";
export class TalkingRoom implements ChatRoom { readonly server!: ChatServer; }
`;
  const { files } = plan(before, { chat: { room } }, { "app/talking.ts": talking });
  expect(files.map(({ path, added }) => ({ path, added }))).toEqual([
    { path: "app/talking.ts", added: ["chat.room.send"] },
  ]);
});

describe("is not guessed", () => {
  const built = `${IMPORTS}import { more } from "./more.js";
export default defineApplication({ chat: { groups: { room: Room, ...more } } });
`;

  it("what is spread in: only a class that is new is missed", () => {
    const created = plan(built, { chat: { room, lobby: room } });
    expect(created.text).toBeUndefined();
    expect(created.reports).toEqual([
      {
        message: "chat.lobby cannot be wired here: the groups are not written out as one object; add it by hand",
        position: { file: "app/index.ts", line: 4, column: 36 },
      },
    ]);
    const there = { ...ROOM, "app/chat/lobby.ts": classFile("ChatLobby", "Lobby") };
    expect(plan(built, { chat: { room, lobby: room } }, there)).toMatchObject({ files: [], reports: [] });
  });

  it("what the application is, when defineApplication is given no object", () => {
    const { files, reports } = plan("export default defineApplication(build());\n", { chat: { room } });
    expect(files).toEqual([]);
    expect(reports).toEqual([
      {
        message: "no call of defineApplication with an object here, so that no group can be wired",
        position: { file: "app/index.ts", line: 1, column: 1 },
      },
    ]);
  });
});

describe("what the schema no longer has is reported, and stays", () => {
  it("a method", () => {
    const root = temporaryProject({
      "app/chat/room.ts": `import type { ChatRoom } from "../../generated/server/index.js";
export class Room implements ChatRoom {
  send() { return {}; }

  /** Never a route. */
  help() {}
  wave() { return {}; }
}
`,
      "app/index.ts": `${IMPORTS}export default defineApplication({ chat: { groups: { room: Room } } });\n`,
    });
    const model = buildModel({ servers: { chat: { room } }, formerRoutes: ["chat.room.wave", "chat.room.bow"] });
    expect(planStubs(root, model)).toEqual({
      files: [],
      reports: [
        {
          message: "chat.room.wave is no longer in the schema: nothing calls this",
          position: { file: "app/chat/room.ts", line: 7, column: 3 },
        },
      ],
    });
  });

  it("a schedule's method", () => {
    const root = temporaryProject({
      "app/chat/room.ts": `import type { ChatRoom } from "../../generated/server/index.js";
export class Room implements ChatRoom {
  send() { return {}; }
  sweep() {}
  count() {}
}
`,
      "app/index.ts": `${IMPORTS}export default defineApplication({ chat: { groups: { room: Room } } });\n`,
    });
    const servers = { chat: { room: { ...room, sweep: "schedule" } } } as const;
    const model = buildModel({ servers, formerSchedules: ["chat.room.sweep", "chat.room.count"] });
    expect(planStubs(root, model)).toEqual({
      files: [],
      reports: [
        {
          message: "chat.room.count is no longer in the schema: nothing calls this",
          position: { file: "app/chat/room.ts", line: 5, column: 3 },
        },
      ],
    });
  });

  it("a group, and a server type", () => {
    const root = temporaryProject({
      ...ROOM,
      "app/chat/lobby.ts": classFile("ChatLobby", "Lobby"),
      "app/index.ts": `import { defineApplication } from "../generated/server/index.js";
import { Lobby } from "./chat/lobby.js";
import { Room } from "./chat/room.js";
export default defineApplication({
  chat: { groups: { room: Room, lobby: Lobby } },
  match: { groups: {} },
});
`,
    });
    const model = buildModel({ servers: { chat: { room } }, formerRoutes: ["chat.lobby.send", "chat.onChat"] });
    expect(planStubs(root, model)).toEqual({
      files: [],
      reports: [
        {
          message: "chat.lobby.send is no longer in the schema: nothing calls this",
          position: { file: "app/chat/lobby.ts", line: 2, column: 43 },
        },
        {
          message: "chat.lobby is no group of the schema; remove it from app/index.ts",
          position: { file: "app/index.ts", line: 5, column: 33 },
        },
        {
          message: "match is no server type of the schema; remove it from app/index.ts",
          position: { file: "app/index.ts", line: 6, column: 3 },
        },
      ],
    });
  });
});
