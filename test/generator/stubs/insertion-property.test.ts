import fc from "fast-check";
import { expect, it } from "vitest";
import { findGroupClass } from "../../../generator/stubs/group-class.js";
import { groupStubs } from "../../../generator/stubs/group-stub.js";
import { insertMethods } from "../../../generator/stubs/insert-methods.js";
import { parse, syntaxError } from "../../../generator/stubs/source-file.js";
import { nameServer } from "../../../generator/targets/server/names.js";
import { buildModel } from "../model-builder.js";

const model = buildModel({ servers: { chat: { room: { send: "request", wave: "notify", bow: "remote" } } } });
const [stub] = groupStubs(model, nameServer(model));

const member = fc.constantFrom(
  "constructor(server: ChatServer) { this.server = server; }",
  `send() { return { text: \`}\${1 + 1}{\`, also: /[}]/.source }; }`,
  "send(\n) // }\n{\n}",
  "#wave = { wave() {} };",
  "static wave() { class Wave { bow() {} } return Wave; }",
  "bow = async () => '}'",
  "get size(): number { return 1 }",
  "/* wave() {} */",
  "// bow() {}",
  "['x' + 1]: number = 2;",
  "declare readonly kind: { of: 'room' };",
  "@log('}') private last?: string",
  `readonly lines = \`\n}\n  \${\`}\`}\n\``,
);
const gap = fc.constantFrom("\n", "\n\n", "\n  ", "\n\t", "\n    /** why */\n  ", " // }\n ");

/** A file with one class, of which nobody knows how it is formatted. */
const file = fc
  .record({
    before: fc.constantFrom("", "\uFEFF", "// first\n", "#!/usr/bin/env tsx\n\n", "function wave() { return {}; }\n"),
    head: fc.constantFrom(
      "export class Room implements ChatRoom {",
      "export class Room\n  implements Iterable<string>, ChatRoom\n{",
      "@log('x') export default class implements ChatRoom{",
      "namespace rooms {\n    export class Room implements ChatRoom {",
      "export const Room = class Inner implements ChatRoom {",
    ),
    server: fc.constantFrom(
      "readonly server: ChatServer;",
      "#server!: ChatServer\n",
      "private  readonly here : ChatServer;",
    ),
    members: fc.array(fc.tuple(gap, member), { maxLength: 6 }),
    end: fc.constantFrom("\n}", "}", "\n\n\n}", "\n  }", "\n/* end */ }", "\n// end\n}"),
    after: fc.constantFrom("", "\n", "\n// after", "\nexport const after = { wave() {} };\n"),
    newline: fc.constantFrom("\n", "\r\n"),
  })
  .map(({ before, head, server, members, end, after, newline }) => {
    const body = members.map(([space, text]) => space + text).join("");
    const close = head.startsWith("namespace") ? "\n}" : "";
    const imports = 'import type { ChatRoom, ChatServer } from "../../generated/server/index.js";\n';
    return `${before}${imports}${head} ${server}${body}${end}${close}${after}`.replaceAll("\n", newline);
  })
  .filter((text) => syntaxError(parse("app/chat/room.ts", text)) === null);

it("inserts methods into any class, and changes nothing else", () => {
  fc.assert(
    fc.property(file, (text) => {
      const source = parse("app/chat/room.ts", text);
      const found = findGroupClass("/nowhere", source, stub!);
      if ("message" in found) throw new Error(found.message);
      const missing = stub!.methods.filter(({ name }) => !found.members.has(name));
      const insertion = insertMethods("/nowhere", source, found, stub!);
      if (insertion === null) return expect(missing).toEqual([]);
      if ("message" in insertion) throw new Error(`${insertion.message}\n${text}`);
      expect(insertion.added).toEqual(missing.map(({ route }) => route));

      const after = parse("app/chat/room.ts", insertion.text);
      expect(syntaxError(after)).toBeNull();
      const again = findGroupClass("/nowhere", after, stub!);
      if ("message" in again) throw new Error(again.message);
      expect([...again.members.keys()]).toEqual(expect.arrayContaining(["send", "wave", "bow"]));
      // The inserted text is one piece: without it the file is what it was.
      const added = insertion.text.length - text.length;
      let start = 0;
      while (start < text.length && text[start] === insertion.text[start]) start++;
      expect(insertion.text.slice(0, start) + insertion.text.slice(start + added)).toBe(text);
      if (text.includes("\r\n")) expect(insertion.text.replaceAll("\r\n", "")).not.toContain("\n");
    }),
    { numRuns: 300 },
  );
});
