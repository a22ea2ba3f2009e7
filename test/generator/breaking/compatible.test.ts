/** What is no break, or one at another level only: what teams do every day must not be in their way. */
import { describe, expect, it } from "vitest";
import type { BreakLevel } from "../../../generator/breaking-rule.js";
import { SMALL_PROTO, smallProject } from "../load/small-schema.js";
import { breaksBetween } from "./fixture.js";

type Changes = readonly (readonly [from: string, to: string])[];

/** What a change of the small schema breaks at `level`, as `rule: message`. */
async function broken(level: BreakLevel, changes: Changes, protoChanges: Changes = [], before = SMALL_PROTO) {
  const proto = protoChanges.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`the messages do not contain ${from}`);
    return text.replace(from, () => to);
  }, before);
  const previous = smallProject([], { "schema/chat.proto": before });
  const current = smallProject(changes, { "schema/chat.proto": proto });
  const breaks = await breaksBetween(previous, current, level);
  return breaks.map(({ rule, message }) => `${rule}: ${message}`);
}

const SEND = 'send: request(2001, "chat.Say", "chat.Nothing"),';
const SAY = "string text = 1;";

const SCHEDULES: Changes = [
  ["defineSchema,", "defineSchema, every,"],
  ["  handlers: {", '  schedules: { room: { sweep: every("10s") } },\n  handlers: {'],
];

/** Tags, a mood and somebody, for changes that a text does not have. */
const RICH = `${SMALL_PROTO.replace(SAY, `${SAY}\n  repeated int32 tags = 2;\n  Mood mood = 3;\n  Person from = 4;\n  string to = 5;`)}
enum Mood {
  CALM = 0;
  ANGRY = 1;
}

message Person {
  string name = 1;
  Address home = 2;

  message Address {
    string town = 1;
  }
}
`;

describe("at no level, a break is", () => {
  it.each<[string, Changes, Changes?]>([
    ["nothing at all", []],
    ["a new request", [[SEND, `${SEND}\n      wave: request(2002, "chat.Say", "chat.Nothing"),`]]],
    ["a new notify in a new group", [["room: {", 'lobby: { wave: notify(2002, "chat.Say") },\n    room: {']]],
    ["a new push", [["  handlers: {", '  pushes: { onSay: push(2101, "chat.Say") },\n  handlers: {']]],
    ["a new remote", [["  handlers: {", '  remotes: { a: { b: rpc("chat.Say", "chat.Say") } },\n  handlers: {']]],
    ["a new schedule", SCHEDULES],
    ["a new server type", [["{ typeId: 2 }), chat", '{ typeId: 2 }), backend("other", { typeId: 4 }), chat']]],
    ["a new error", [["servers: [", "errors: { FULL: 1001 },\n  servers: ["]]],
    ["a new version", [["version: 1", "version: 2"]]],
    ["a route that becomes public", [['"chat.Nothing")', '"chat.Nothing", { public: true })']]],
    ["another limit", [['"chat.Nothing")', '"chat.Nothing", { rate: "1/s", timeout: "1s", maxBytes: 9 })']]],
    ["another heartbeat", [["handshake()", 'handshake({ heartbeat: "1s" })']]],
    ["a new field", [], [[SAY, `${SAY}\n  int32 mood = 2;`]]],
    ["a new message", [], [["message Nothing {}", "message Nothing {}\nmessage More {}"]]],
    ["a number that is reserved", [], [[SAY, `${SAY}\n  reserved 4, 7 to max;\n  reserved "old";`]]],
  ])("%s", async (_, changes, protoChanges) => {
    expect(await broken("source", changes, protoChanges)).toEqual([]);
  });

  it.each<[string, Changes]>([
    ["a new value of an enum", [["ANGRY = 1;", "ANGRY = 1;\n  HAPPY = 2;"]]],
    ["another way of packing", [["tags = 2;", "tags = 2 [packed = false];"]]],
    [
      "a field that stands elsewhere",
      [["  Mood mood = 3;\n  Person from = 4;", "  Person from = 4;\n  Mood mood = 3;"]],
    ],
    ["a new oneof of new fields", [["string to = 5;", "string to = 5;\n  oneof way { string by = 6; int32 at = 7; }"]]],
  ])("%s", async (_, changes) => {
    expect(await broken("source", [], changes, RICH)).toEqual([]);
  });
});

describe("a break for programs only is", () => {
  it.each<[string, string, Changes, Changes]>([
    [
      "a renamed route",
      "route-name",
      [[SEND, 'say: request(2001, "chat.Say", "chat.Nothing", { was: "chat.room.send" }),']],
      [],
    ],
    ["a renamed message", "type-name", [["chat.Say", "chat.Line"]], [["message Say", "message Line"]]],
    ["a renamed field", "field-name", [], [["string to = 5", "string target = 5"]]],
    ["a removed field whose number is reserved", "field-name", [], [["string to = 5;", "reserved 5;"]]],
    [
      "a renamed enum, the whole way down",
      "type-name",
      [],
      [
        ["Mood mood", "Temper mood"],
        ["enum Mood", "enum Temper"],
      ],
    ],
    [
      "a renamed nested message",
      "type-name",
      [],
      [
        ["Address home", "Place home"],
        ["message Address", "message Place"],
      ],
    ],
    [
      "a message that is renamed with all that is in it",
      "type-name",
      [],
      [
        ["Person from", "User from"],
        ["message Person", "message User"],
      ],
    ],
    ["a removed value whose number is reserved", "enum-value-name", [], [["ANGRY = 1;", "reserved 1;"]]],
    ["a field alone in a new oneof", "oneof-name", [], [["string to = 5;", "oneof whom { string to = 5; }"]]],
    ["a field that may be absent now", "field-presence", [], [["string to = 5;", "optional string to = 5;"]]],
    ["another type with the same bytes", "field-program-type", [], [["string to = 5", "bytes to = 5"]]],
  ])("%s", async (_, rule, changes, protoChanges) => {
    expect(await broken("route", changes, protoChanges, RICH)).toEqual([]);
    expect(await broken("source", changes, protoChanges, RICH)).toEqual([expect.stringMatching(`^${rule}: `)]);
  });
});
