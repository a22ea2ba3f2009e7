import { describe, expect, it } from "vitest";
import { isPatchable, planLayout } from "../../../generator/plan/index.js";
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

  it("begins to count anew behind what may be absent, and takes the conditions of what it depends on along", () => {
    const when = (field: string, ...values: number[]) => ({ when: [{ field, values, not: false }] });
    const base = layoutOf("l", [
      ["kind", u8],
      ["extra", u16],
      ["more", u32],
      ["last", u8],
    ]);
    const [kind, extra, more, last] = base.fields;
    const fields = [kind!, { ...extra!, ...when("kind", 1) }, { ...more!, ...when("extra", 2, 3) }, last!];
    const plan = planLayout({ ...base, start: "<", fields });
    expect(plan).toMatchObject({ size: 3, variableFields: 2, framing: "transport", trailer: 0 });
    expect(plan.fields.map(({ name, origin, offset, width }) => `${name} ${origin}+${offset} ${width}`)).toEqual([
      "start 0+0 1",
      "kind 0+1 1",
      "extra 0+2 2",
      "more 1+0 4",
      "last 2+0 1",
    ]);
    expect(plan.fields[3]!.when).toEqual([
      { property: "kind", values: [1], not: false },
      { property: "extra", values: [2, 3], not: false },
    ]);
  });

  it("puts the fields that share bits into one", () => {
    const group = { name: "flag", bits: 8, first: false, last: false };
    const base = layoutOf("l", [
      ["a", { kind: "bits", bits: 3, shift: 5, holds: "value", group: { ...group, first: true } }],
      ["b", { kind: "bits", bits: 5, shift: 0, holds: "reserved", group: { ...group, last: true } }],
      ["c", u8],
    ]);
    const plan = planLayout({ ...base, end: "\n" });
    expect(plan).toMatchObject({ size: 2, framing: "delimiter", trailer: 1, variableFields: 0 });
    expect(plan.fields).toMatchObject([
      {
        name: "flag",
        width: 1,
        value: {
          kind: "bits",
          members: [
            { name: "a", shift: 5 },
            { name: "b", bits: 5 },
          ],
        },
      },
      { name: "c", offset: 1 },
    ]);
  });

  it("knows where another sequence number may be put", () => {
    const patchable = (...fields: Parameters<typeof layoutOf>[1]) => isPatchable(planLayout(layoutOf("l", fields)));
    expect(isPatchable(planLayout(articleRequest))).toBe(true);
    expect(isPatchable(planLayout(everything))).toBe(true);
    expect(patchable(["name", prefixedText(8)], ["seq", u16, "sequence"])).toBe(true);
    expect(patchable(["id", u16, "messageId"])).toBe(false);
    expect(patchable(["seq", { kind: "varint", bits: 32 }, "sequence"])).toBe(false);
    expect(patchable(["size", { kind: "varint", bits: 32 }], ["seq", u16, "sequence"])).toBe(false);
    expect(patchable(["seq", u16, "sequence"], ["size", { kind: "varint", bits: 32 }])).toBe(true);
    expect(
      patchable(["seq", u16, "sequence"], ["size", { kind: "varint", bits: 32 }], ["sum", u32, crc("frame")]),
    ).toBe(false);
  });

  it("refuses a length from which the frame's end cannot be told", () => {
    const late = layoutOf("l", [
      ["name", prefixedText(8)],
      ["length", u16, length("frame")],
    ]);
    expect(() => planLayout(late)).toThrow("l.length: the frame's end cannot be told from what comes so far");
    const uncounted = layoutOf("l", [
      ["length", u16, length("body")],
      ["name", prefixedText(8)],
    ]);
    expect(() => planLayout(uncounted)).toThrow("l.length");
  });
});
