import { describe, expect, it } from "vitest";
import { planStubs } from "../../../generator/stubs/index.js";
import { buildModel, type GroupSketch } from "../model-builder.js";
import { temporaryProject } from "../temporary-project.js";

const IMPORT = 'import type { ChatContext, ChatRoom, ChatServer } from "../../generated/server/index.js";\n';
const APPLICATION = `import { defineApplication } from "../generated/server/index.js";
import { Room } from "./chat/room.js";

export default defineApplication({ chat: { groups: { room: Room } } });
`;

function plan(text: string | Uint8Array, room: GroupSketch = { send: "request", wave: "request" }, more = {}) {
  const root = temporaryProject({ "app/chat/room.ts": text, "app/index.ts": APPLICATION, ...more });
  const { files, reports } = planStubs(root, buildModel({ servers: { chat: { room } } }));
  return { text: files.find(({ path }) => path === "app/chat/room.ts")?.text, files, reports };
}

/** What was inserted, after checking that nothing else has changed. */
function inserted(before: string, after: string | undefined): string {
  if (after === undefined) throw new Error("nothing was inserted");
  let start = 0;
  while (start < before.length && before[start] === after[start]) start++;
  const tail = before.length - start;
  // The inserted text may begin with what follows it: the closing brace and the indentation before it.
  expect(after.slice(0, start) + after.slice(after.length - tail)).toBe(before);
  return after.slice(start, after.length - tail);
}

it("inserts a schedule's method, and names its context as the file can", () => {
  const before = `${IMPORT}
export class Room implements ChatRoom {
  constructor(readonly server: ChatServer) {}
}
`;
  const sweep = { kind: "schedule", doc: "Who is silent?" } as const;
  expect(inserted(before, plan(before, { sweep }).text)).toBe(`
  /** Who is silent? */
  sweep(_context: Parameters<ChatRoom["sweep"]>[0]): void {
    return this.server.notImplemented("chat.room.sweep");
  }
`);
});

describe("the rest of the file stays, byte for byte", () => {
  const cases: [name: string, before: string, after: string][] = [
    [
      "comments, odd formatting and helper functions",
      `${IMPORT}
/* A room.   */
export   class Room
  implements ChatRoom{
  readonly server : ChatServer   // kept
  constructor( server:ChatServer ){ this.server=server }


  // before send
  send( ) { return helper( this ) ;}

  /* nothing follows */
  // really
}

function helper(room: Room) { return { id: room.server.id }; } // trailing
// the end, without a newline`,
      `
  wave(_request: Parameters<ChatRoom["wave"]>[0], _context: ChatContext): ReturnType<ChatRoom["wave"]> {
    return this.server.notImplemented("chat.room.wave");
  }
`,
    ],
    [
      "tabs, single quotes, no semicolons",
      `import type { ChatRoom, ChatServer } from '../../generated/server/index.js'

export class Room implements ChatRoom {
	constructor(readonly server: ChatServer) {}

	send() {
		return {}
	}
}
`,
      `
	wave(_request: Parameters<ChatRoom['wave']>[0], _context: Parameters<ChatRoom['wave']>[1]): ReturnType<ChatRoom['wave']> {
		return this.server.notImplemented('chat.room.wave')
	}
`,
    ],
    [
      "a class on one line",
      `${IMPORT}export class Room implements ChatRoom { constructor(readonly server: ChatServer) {} send() { return {}; } }`,
      `
  wave(_request: Parameters<ChatRoom["wave"]>[0], _context: ChatContext): ReturnType<ChatRoom["wave"]> {
    return this.server.notImplemented("chat.room.wave");
  }
`,
    ],
    [
      "private fields, a last field without a semicolon, a closing brace behind a comment",
      `${IMPORT}
export class Room implements ChatRoom {
    readonly #server: ChatServer
    #lines = new Map<string, string>()
    constructor(server: ChatServer) { this.#server = server }
    send = () => ({ id: this.#server.id })
    #wave = 1
/* end */ }
`,
      `
    wave(_request: Parameters<ChatRoom["wave"]>[0], _context: ChatContext): ReturnType<ChatRoom["wave"]> {
        return this.#server.notImplemented("chat.room.wave");
    }
`,
    ],
    [
      "decorators, and imports under other names",
      `import type {
  ChatContext as Context, ChatRoom as Contract, ChatServer as Handle, WaveRequest as Wave,
  WaveResponse } from "../../generated/server/index.js";
import { logged } from "../logged.js";

@logged({ braces: "}" })
export default class implements Contract {
  @logged() private readonly handle!: Handle;
  @logged() send() { return {}; }

}
`,
      `  wave(_request: Wave, _context: Context): WaveResponse {
    return this.handle.notImplemented("chat.room.wave");
  }
`,
    ],
    [
      "a namespace import, a class in a constant",
      `import type * as generated from "../../generated/server/index.ts";

export const Room = class implements generated.ChatRoom {
  readonly server: generated.ChatServer;
  constructor(server: generated.ChatServer) { this.server = server; }
  send() { return {}; }
};
`,
      `
  wave(_request: generated.WaveRequest, _context: generated.ChatContext): generated.WaveResponse {
    return this.server.notImplemented("chat.room.wave");
  }
`,
    ],
  ];
  for (const [name, before, expected] of cases) {
    it(name, () => {
      const { text, reports } = plan(before);
      expect(reports).toEqual([]);
      expect(inserted(before, text)).toBe(expected);
    });
  }

  it("carriage returns and a byte order mark", () => {
    const before =
      "\uFEFF" +
      `${IMPORT}\nexport class Room implements ChatRoom {\n  constructor(readonly server: ChatServer) {}\n}\n`;
    const windows = before.replaceAll("\n", "\r\n");
    const { text } = plan(windows, { wave: { kind: "notify", doc: "One.\nTwo." } });
    expect(text!.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(inserted(windows, text).replaceAll("\r\n", "\n")).toBe(`
  /**
   * One.
   * Two.
   */
  wave(_message: Parameters<ChatRoom["wave"]>[0], _context: ChatContext): void {
    return this.server.notImplemented("chat.room.wave");
  }
`);
  });
});

it("adds several methods, in the schema's order, with a blank line between", () => {
  const before = `${IMPORT}export class Room implements ChatRoom {\n  constructor(readonly server: ChatServer) {}\n}\n`;
  const { text, files } = plan(before, { one: "notify", two: "notify" });
  expect(inserted(before, text)).toBe(`
  one(_message: Parameters<ChatRoom["one"]>[0], _context: ChatContext): void {
    return this.server.notImplemented("chat.room.one");
  }

  two(_message: Parameters<ChatRoom["two"]>[0], _context: ChatContext): void {
    return this.server.notImplemented("chat.room.two");
  }
`);
  expect(files[0]).toMatchObject({ kind: "extended", added: ["chat.room.one", "chat.room.two"] });
});

it("sees methods however they are declared, inherited ones too", () => {
  const room = { a: "notify", b: "notify", c: "notify", d: "notify", e: "notify", f: "notify" } as const;
  const before = `${IMPORT}import { Place } from "../place.js";
export class Room extends Place implements ChatRoom {
  static f() {}
  a() {}
  b = () => {};
  "c"() {}
  ["d"] = function () {};
}
`;
  const place = `export class Place {
  readonly server = { notImplemented(route: string): never { throw new Error(route); } };
  e() {}
}
`;
  const { text, reports } = plan(before, room, { "app/place.ts": place });
  expect(reports).toEqual([]);
  expect(inserted(before, text)).toContain('f(_message: Parameters<ChatRoom["f"]>[0]');
  expect(plan(before.replace("static f", "f"), room, { "app/place.ts": place }).files).toEqual([]);
});

describe("is not guessed", () => {
  const cases: [name: string, before: string, message: string, line: number, column: number][] = [
    [
      "which class is meant, when none implements the interface",
      "export class Room {}\n",
      "no class here implements ChatRoom, so that nothing can be added to it",
      1,
      1,
    ],
    [
      "which class is meant, when two do",
      `${IMPORT}class A implements ChatRoom {}\nclass B implements ChatRoom {}\n`,
      "more than one class here implements ChatRoom; which of them is chat.room cannot be told",
      3,
      7,
    ],
    [
      "where the server is",
      `${IMPORT}export class Room implements ChatRoom {\n  constructor(server: ChatServer) { server.id; }\n  send() {}\n}\n`,
      "chat.room.wave cannot be added: this class keeps no ChatServer, which the stub answers with",
      2,
      14,
    ],
    [
      "whether an inherited server can answer, when its type is not known",
      `${IMPORT}class Place { readonly server!: ChatServer; send() {} }\nexport class Room extends Place implements ChatRoom {}\n`,
      "chat.room.wave cannot be added: this class keeps no ChatServer, which the stub answers with",
      3,
      14,
    ],
    [
      "what an unknown class has",
      `${IMPORT}import { Place } from "./nowhere.js";\nexport class Room extends Place implements ChatRoom {}\n`,
      "what Room inherits cannot be resolved, so that nothing can be added to it",
      3,
      14,
    ],
    [
      "what a file means that does not parse",
      `${IMPORT}export class Room implements ChatRoom {\n  send( {}\n}\n`,
      "nothing can be added to this file: ',' expected.",
      4,
      1,
    ],
  ];
  for (const [name, before, message, line, column] of cases) {
    it(name, () => {
      const { files, reports } = plan(before);
      expect(files).toEqual([]);
      expect(reports).toEqual([{ message, position: { file: "app/chat/room.ts", line, column } }]);
    });
  }

  it("what a file means that is not UTF-8", () => {
    const { files, reports } = plan(Buffer.from(`${IMPORT}// caf\xe9\n`, "latin1"));
    expect(files).toEqual([]);
    expect(reports.map(({ message }) => message)).toEqual([
      "this file is not UTF-8, so that nothing can be added to it",
    ]);
  });
});
