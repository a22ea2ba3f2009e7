/** A small valid schema that tests change at one place. */
import { temporaryProject } from "../temporary-project.js";

export const SMALL_SCHEMA = `import { backend, connector, defineSchema, gate, handshake, layout, notify, protocol, push, request, role, rpc, sessionData, u16, u32, u64 } from "gatesmith/schema";

const header = layout({}, {
  length: u16(role.length()),
  sequence: u32(role.sequence()),
  messageId: u16(role.messageId()),
  errorCode: u16(role.errorCode()),
});

const chat = backend("chat", {
  typeId: 3,
  routeBy: sessionData("room"),
  handlers: {
    room: {
      send: request(2001, "chat.Say", "chat.Nothing"),
    },
  },
});

export default defineSchema({
  name: "small",
  version: 1,
  protos: "./*.proto",
  protocols: { main: protocol({ request: header, response: header, control: handshake() }) },
  internal: layout({}, {}),
  session: "chat.SessionData",
  servers: [gate("gate", { typeId: 1 }), connector("connector", { typeId: 2 }), chat],
});
`;

export const SMALL_PROTO = `syntax = "proto3";
package chat;

message SessionData {
  string room = 1;
}

message Say {
  string text = 1;
}

message Nothing {}
`;

/** The small schema as a project, with `changes` made to `schema/index.ts`, and other files. */
export function smallProject(
  changes: readonly (readonly [from: string, to: string])[] = [],
  files: Readonly<Record<string, string>> = {},
): string {
  return temporaryProject({ "schema/index.ts": changed(changes), "schema/chat.proto": SMALL_PROTO, ...files });
}

/** The small schema's text with `changes`. A change whose text is not there is a mistake in the test. */
export function changed(changes: readonly (readonly [from: string, to: string])[]): string {
  return changes.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the small schema does not contain ${from}`);
    return text.replace(from, () => to);
  }, SMALL_SCHEMA);
}
