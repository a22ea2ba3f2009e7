import { describe, expect, it } from "vitest";
import { type MessagePlan, planMessage } from "../../../generator/plan/index.js";
import { protoFile } from "../print/live-module.js";

/** The plans of a file's messages by short name. */
function plansOf(content: string): Record<string, MessagePlan> {
  const file = protoFile(content);
  const model = { protoFiles: [file] };
  return Object.fromEntries(file.messages.map((message) => [message.name, planMessage(message, model)]));
}

describe("a message's plan", () => {
  it("has fields in the order of their numbers, with the tags they are written with", () => {
    const { Line } = plansOf(
      "message Line { string text = 3; repeated int32 marks = 1; repeated int32 loose = 2 [packed = false]; map<string, bool> seen = 536870911; }",
    );
    expect(
      Line!.fields.map(({ name, shape, tag, packedTag, packed }) => [name, shape, tag, packedTag, packed]),
    ).toEqual([
      ["marks", "repeated", 8, 10, true],
      ["loose", "repeated", 16, 18, false],
      ["text", "plain", 26, null, false],
      ["seen", "map", 4_294_967_290, null, false],
    ]);
    expect(Line!.fields[2]!.path).toBe("test.Line.text");
  });

  it("tells what is optional, what may be packed, and how long a value can be", () => {
    const { Line } = plansOf(
      "message Line { optional bool a = 1; Line b = 2; oneof c { fixed64 d = 3; } repeated string e = 4; sint32 f = 5; Kind g = 6; } enum Kind { ZERO = 0; }",
    );
    expect(
      Line!.fields.map(({ shape, packedTag, value }) => [shape, packedTag, value.wireType, value.maximum]),
    ).toEqual([
      ["optional", null, 0, 1],
      ["optional", null, 2, null],
      ["oneof", null, 1, 8],
      ["repeated", null, 2, null],
      ["plain", null, 0, 5],
      ["plain", null, 0, 10],
    ]);
    expect(Line!.oneofs.map(({ name, fields }) => [name, fields.map((field) => field.name)])).toEqual([["c", ["d"]]]);
  });

  it("counts nesting where a message can hold itself, or one that does", () => {
    const plans = plansOf(`
      message Tree { repeated Tree branches = 1; }
      message Forest { map<string, Tree> trees = 1; }
      message Arc { Circle circle = 1; }
      message Circle { oneof of { Arc arc = 1; } }
      message Leaf { Vein vein = 1; }
      message Vein { string name = 1; }`);
    expect(Object.entries(plans).map(([name, { recursive }]) => [name, recursive])).toEqual([
      ["Tree", true],
      ["Forest", true],
      ["Arc", true],
      ["Circle", true],
      ["Leaf", false],
      ["Vein", false],
    ]);
  });

  it("merges where a message is a singular field", () => {
    const plans = plansOf(`
      message A { B b = 1; repeated C cs = 2; map<string, D> ds = 3; oneof one { E e = 4; } }
      message B {} message C {} message D {} message E {}`);
    expect(
      Object.entries(plans)
        .filter(([, { merges }]) => merges)
        .map(([name]) => name),
    ).toEqual(["B", "D", "E"]);
  });

  it("is plain data", () => {
    const { A } = plansOf("message A { string a = 1; map<int32, A> b = 2; oneof c { bytes d = 3; } }");
    expect(JSON.parse(JSON.stringify(A))).toEqual(A);
  });
});
