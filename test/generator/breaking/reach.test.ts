/** Whom a break reaches: what is between servers alone must not lock out the clients in the field. */
import { describe, expect, it } from "vitest";
import { SMALL_PROTO, smallProject } from "../load/small-schema.js";
import { breaksBetween } from "./fixture.js";

type Changes = readonly (readonly [from: string, to: string])[];

const PROTO = `${SMALL_PROTO}
message Ask { Part part = 1; Mood mood = 2; string text = 3; }
message Part { string name = 1; }
enum Mood { CALM = 0; ANGRY = 1; }
`;

/** A hidden server type, and a remote beside the clients' routes. */
const REMOTES: Changes = [
  ["  handlers: {", '  remotes: { room: { add: rpc("chat.Ask", "chat.Nothing") } },\n  handlers: {'],
  [
    "{ typeId: 2 }), chat",
    '{ typeId: 2 }), backend("hidden", { typeId: 4, remotes: { a: { b: rpc("chat.Ask", "chat.Ask") } } }), chat',
  ],
];

async function reached(schema: Changes, proto: Changes = []): Promise<string[]> {
  const changed = proto.reduce((text, [from, to]) => text.replace(from, to), PROTO);
  const previous = smallProject(REMOTES, { "schema/chat.proto": PROTO });
  const current = smallProject([...REMOTES, ...schema], { "schema/chat.proto": changed });
  const breaks = await breaksBetween(previous, current, "route");
  return breaks.map(({ rule, clients }) => `${rule} ${clients ? "clients" : "servers"}`);
}

describe("servers alone notice", () => {
  it.each<[string, Changes, Changes, string]>([
    ["a remote that is gone", [['add: rpc("chat.Ask", "chat.Nothing")', ""]], [], "route-removed"],
    [
      "a remote's other message",
      [['"chat.Ask", "chat.Nothing"', '"chat.Ask", "chat.Say"']],
      [],
      "route-message-changed",
    ],
    ["a message of remotes", [], [["Part part = 1", "string part = 1"]], "field-type-changed"],
    ["what such a message has inside", [], [["string name = 1", "string name = 2"]], "field-renumbered"],
    ["an enum of remotes", [], [["ANGRY = 1", "ANGRY = 2"]], "enum-value-renumbered"],
    ["the session's data", [], [["string room = 1", "sint32 room = 1"]], "field-type-changed"],
    ["a hidden type's number", [["typeId: 4", "typeId: 5"]], [], "type-id-changed"],
    ["a hidden type that is gone", [['backend("hidden"', 'backend("other"']], [], "server-type-removed"],
    [
      "another routing rule",
      [
        ['sessionData("room")', "uid()"],
        ["u16,", "uid, u16,"],
      ],
      [],
      "routing-changed",
    ],
  ])("%s", async (_, schema, proto, rule) => {
    expect(await reached(schema, proto)).toEqual([`${rule} servers`]);
  });
});

describe("clients notice", () => {
  it.each<[string, Changes, Changes, string]>([
    ["a route that is gone", [['send: request(2001, "chat.Say", "chat.Nothing"),', ""]], [], "route-removed"],
    ["a message of theirs", [], [["string text = 1", "int32 text = 1"]], "field-type-changed"],
    ["the number of a type they address", [["typeId: 3", "typeId: 6"]], [], "type-id-changed"],
    ["a header of theirs", [["errorCode: u16", "errorCode: u32"]], [], "layout-changed"],
  ])("%s", async (_, schema, proto, rule) => {
    expect(new Set(await reached(schema, proto))).toEqual(new Set([`${rule} clients`]));
  });
});
