import protobuf from "protobufjs";
import { describe, expect, it } from "vitest";
import { MessageJson } from "../../cli/message-json.js";
import type { EnumType, MessageField, MessageType, Model } from "../../generator/model.js";

const PROTO = `
  syntax = "proto3";
  package zoo;
  message Everything {
    message Inner { string text = 1; Everything again = 2; }
    double ratio = 1; float small = 2; int32 signed_number = 3; uint32 count = 4; sint64 far = 5; fixed64 id = 6;
    bool yes = 7; string text = 8; bytes raw = 9;
    repeated int32 numbers = 10; repeated int32 loose = 11 [packed = false]; repeated string names = 12;
    map<string, int64> scores = 13; map<uint64, Inner> inners = 14;
    Color color = 15; Inner inner = 16; optional int32 maybe = 17;
    oneof choice { string word = 18; Inner thing = 19; }
  }
  enum Color { RED = 0; GREEN = 5; }
`;

const position = { file: "zoo.proto", line: 1, column: 1 };

/** `signed_number:int32`, in the model's words. */
function field(protoName: string, number: number, type: string, more: Partial<MessageField> = {}): MessageField {
  const messages = ["zoo.Everything", "zoo.Everything.Inner"];
  const name = protoName.replace(/_(.)/g, (_match, letter: string) => letter.toUpperCase());
  return {
    protoName,
    name,
    jsonName: name,
    number,
    type: messages.includes(type)
      ? { kind: "message", fullName: type }
      : type === "zoo.Color"
        ? { kind: "enum", fullName: type }
        : { kind: "scalar", scalar: type as "int32" },
    presence: messages.includes(type) ? "explicit" : "implicit",
    default: null,
    group: false,
    packed: true,
    oneof: null,
    mapKey: null,
    jsType: "bigint",
    doc: "",
    position,
    ...more,
  };
}

const message = (fullName: string, fields: MessageField[], oneofs: MessageType["oneofs"] = []): MessageType => ({
  fullName,
  name: fullName.slice("zoo.".length),
  fields,
  oneofs,
  unknownFields: "skip",
  reserved: { numbers: [], names: [] },
  doc: "",
  position,
});

const color: EnumType = {
  fullName: "zoo.Color",
  name: "Color",
  values: [
    { name: "RED", number: 0, doc: "" },
    { name: "GREEN", number: 5, doc: "" },
  ],
  closed: false,
  reserved: { numbers: [], names: [] },
  doc: "",
  position,
};

const inner = "zoo.Everything.Inner";
const model = {
  protoFiles: [
    {
      name: "zoo",
      package: "zoo",
      enums: [color],
      messages: [
        message(inner, [field("text", 1, "string"), field("again", 2, "zoo.Everything")]),
        message(
          "zoo.Everything",
          [
            field("ratio", 1, "double"),
            field("small", 2, "float"),
            field("signed_number", 3, "int32"),
            field("count", 4, "uint32"),
            field("far", 5, "sint64"),
            field("id", 6, "fixed64"),
            field("yes", 7, "bool"),
            field("text", 8, "string"),
            field("raw", 9, "bytes"),
            field("numbers", 10, "int32", { presence: "repeated" }),
            field("loose", 11, "int32", { presence: "repeated", packed: false }),
            field("names", 12, "string", { presence: "repeated", packed: false }),
            field("scores", 13, "int64", { presence: "map", mapKey: "string" }),
            field("inners", 14, inner, { presence: "map", mapKey: "uint64" }),
            field("color", 15, "zoo.Color"),
            field("inner", 16, inner),
            field("maybe", 17, "int32", { presence: "explicit" }),
            field("word", 18, "string", { presence: "explicit", oneof: 0 }),
            field("thing", 19, inner, { presence: "explicit", oneof: 0 }),
          ],
          [{ name: "choice", doc: "" }],
        ),
      ],
    },
  ],
} as unknown as Model;

const messages = new MessageJson(model);
const oracle = protobuf.parse(PROTO).root.lookupType("zoo.Everything");
const encode = (json: unknown) => messages.encode("zoo.Everything", json);

const full = {
  ratio: 0.5,
  small: -2,
  signedNumber: -7,
  count: 4294967295,
  far: "-9007199254740993",
  id: "18446744073709551615",
  yes: true,
  text: "grüße",
  raw: "AAEC/w==",
  numbers: [1, -1, 300],
  loose: [4, 5],
  names: ["ann", ""],
  scores: { ann: "12", bob: "-1" },
  inners: { "18446744073709551615": { text: "x" } },
  color: "GREEN",
  inner: { text: "deep", again: { count: 3 } },
  maybe: 0,
  thing: { text: "chosen" },
};

describe("a message typed as JSON", () => {
  it("is encoded as protobufjs encodes it from the .proto file", () => {
    const expected = oracle.encode(oracle.fromObject(full)).finish();
    expect(Buffer.from(encode(full)).toString("hex")).toBe(Buffer.from(expected).toString("hex"));
  });

  it("comes back with its defaults filled in", () => {
    expect(messages.decode("zoo.Everything", encode(full))).toMatchObject(full);
    expect(messages.decode(inner, new Uint8Array(0))).toEqual({ text: "" });
  });

  it("may use the names of the .proto file, null for what is absent, numbers for enums and for small 64-bit integers", () => {
    const bytes = encode({ signed_number: 3, text: null, color: 5, id: 7, inners: { 1: {} } });
    expect(messages.decode("zoo.Everything", bytes)).toMatchObject({
      signedNumber: 3,
      text: "",
      color: "GREEN",
      id: "7",
    });
  });

  it.each([
    [{ txt: "a" }, 'zoo.Everything has no field "txt"; did you mean "text"?'],
    [{ constructor: 1 }, 'zoo.Everything has no field "constructor". It has ratio,'],
    [[], "zoo.Everything is [], and should be an object, the message zoo.Everything"],
    ["a", 'zoo.Everything is "a", and should be an object'],
    [{ text: 5 }, "zoo.Everything.text is 5, and should be a string"],
    [{ yes: "true" }, 'zoo.Everything.yes is "true", and should be true or false'],
    [{ count: -1 }, "zoo.Everything.count is -1, and should be a whole number from 0 to 4294967295"],
    [{ count: 1.5 }, "zoo.Everything.count is 1.5, and should be a whole number"],
    [{ signedNumber: 2 ** 31 }, "is 2147483648, and should be a whole number from -2147483648 to 2147483647"],
    [{ far: 2 ** 60 }, 'beyond 2^53: write it as a string, "..."'],
    [{ id: "18446744073709551616" }, "and should be a whole number from 0 to 18446744073709551615"],
    [{ ratio: "1" }, 'zoo.Everything.ratio is "1", and should be a number'],
    [{ raw: "not base64!" }, "and should be bytes in base64"],
    [{ numbers: 1 }, "zoo.Everything.numbers is 1, and should be an array"],
    [{ numbers: [1, "x"] }, 'zoo.Everything.numbers[1] is "x"'],
    [{ scores: { ann: true } }, 'zoo.Everything.scores["ann"] is true'],
    [{ scores: [] }, "zoo.Everything.scores is [], and should be an object, the map's keys and values"],
    [{ inners: { x: {} } }, 'zoo.Everything.inners\'s key is "x"'],
    [{ inner: { again: { inner: { texts: 1 } } } }, 'zoo.Everything.inner.again.inner has no field "texts"'],
    [{ color: "GREN" }, 'a value of zoo.Color (RED, GREEN); did you mean "GREEN"?'],
    [{ word: "a", thing: {} }, "zoo.Everything has both word and thing: the oneof choice holds one of them"],
  ])("that does not fit is refused by the field's name: %j", (json, complaint) => {
    expect(() => encode(json)).toThrow(complaint);
  });
});
