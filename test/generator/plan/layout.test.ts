import { describe, expect, it } from "vitest";
import { planLayout } from "../../../generator/plan/index.js";
import {
  articleInternal,
  articleRequest,
  bytes,
  crc,
  everything,
  layoutOf,
  length,
  prefixedText,
  u8,
  u16,
  u32,
  u64,
} from "../print/layout-builder.js";

/** Name, origin, offset and width of every field. */
const places = (layout: Parameters<typeof planLayout>[0]) =>
  planLayout(layout).fields.map(({ name, origin, offset, width }) => `${name} ${origin}+${offset} ${width}`);

describe("a layout's plan", () => {
  it("knows where every field of a fixed layout stands", () => {
    const plan = planLayout(articleRequest);
    expect(plan).toMatchObject({ name: "main.request", size: 24, variableFields: 0, sequenceBytes: 4 });
    expect(places(articleRequest)).toEqual([
      "length 0+0 2",
      "seq 0+2 4",
      "sentAt 0+6 8",
      "messageId 0+14 2",
      "serverType 0+16 2",
      "compressed 0+18 1",
      "encrypted 0+19 1",
      "checksum 0+20 4",
    ]);
  });

  it("counts from the end of a field of variable length behind one", () => {
    expect(planLayout(articleInternal)).toMatchObject({ size: 39, variableFields: 1 });
    expect(places(everything).slice(-6)).toEqual([
      "zone 0+61 1",
      "pad 1+0 3",
      "flags 1+3 1",
      "token 1+4 5",
      "note 1+9 2",
      "last 2+0 4",
    ]);
  });

  it("says how every field is understood", () => {
    const values = Object.fromEntries(planLayout(everything).fields.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      magic: { kind: "constant", value: 0xcafe, check: true },
      version: { kind: "constant", value: 3, check: false },
      size: { kind: "length", counts: "rest", offset: 4, signed: false },
      sum: { kind: "checksum", over: "frame" },
      when: { kind: "halves", property: "timestamp", whole: false },
      seq: { kind: "integer", property: "sequence", signed: false },
      huge: { kind: "halves", property: "huge", signed: true, whole: true },
      half: { kind: "float", property: "half" },
      zone: { kind: "prefixedText", property: "zone" },
      pad: { kind: "reserved" },
      token: { kind: "bytes", property: "token" },
      note: { kind: "prefixedBytes", property: "note" },
    });
    expect(planLayout(layoutOf("l", [["at", u32, "timestamp"]])).fields[0]!.value).toEqual({
      kind: "low",
      property: "timestamp",
    });
  });

  it("is plain data", () => {
    const plan = planLayout(everything);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  it.each([
    [prefixedText(8), crc("body"), "checksum"],
    [u16, crc("body"), "checksum"],
    [bytes(4), length("frame"), "length"],
    [u32, "clientIp", "clientIp"],
    [bytes(4), "sequence", "sequence"],
  ] as const)("is refused for a role whose type cannot carry it: %o %o", (type, role, name) => {
    expect(() =>
      planLayout(
        layoutOf("l", [
          ["a", u8],
          ["b", type, role],
          ["c", u64],
        ]),
      ),
    ).toThrow(`l.b: a field of type ${type.kind} cannot be the ${name}`);
  });
});
