/** Messages typed as JSON of every kind that protobuf has: proto2's, protobuf's own, raw bodies; written as protobuf and as JSON. */
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { MessageJson } from "../../cli/message-json.js";
import { loadProject } from "../../generator/load/index.js";
import { RAW_BODY } from "../../generator/model.js";

let messages: MessageJson;

beforeAll(async () => {
  const { model } = await loadProject(fileURLToPath(new URL("../generator/targets/fixtures/bodies", import.meta.url)));
  messages = new MessageJson(model!);
});

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("messages typed as JSON", () => {
  const store = {
    owner: "5",
    content: "AQI=",
    at: "1970-01-01T00:00:01.500Z",
    parts: [{ size: 5 }],
    labels: { a: { "@type": "x/files.deep.Stored", id: "x" } },
  };

  it("are written as protobuf, and come back", () => {
    const bytes = messages.encode("files.Store", store);
    expect(hex(bytes)).toMatch(/^0805120201021a0808011080cab5ee01/);
    expect(messages.decode("files.Store", bytes)).toEqual(store);
  });

  it("are written as JSON, and come back", () => {
    const bytes = messages.encode("files.Store", store, "json");
    expect(JSON.parse(Buffer.from(bytes).toString())).toEqual(store);
    expect(messages.decode("files.Store", bytes, "json")).toEqual(store);
    expect(() => messages.decode("files.Store", Buffer.from("{"), "json")).toThrow("the JSON ends");
  });

  it("may be proto2's: required fields, groups, closed enums, extensions", () => {
    const stored = { id: "x", kind: "SMALL", old: { text: "t", "[files.extra]": { more: {} } } };
    const bytes = messages.encode("files.deep.Stored", stored);
    expect(hex(bytes)).toBe("0a0178100122080a0174a206020a00");
    expect(messages.decode("files.deep.Stored", bytes)).toEqual(stored);
    expect(() => messages.encode("files.deep.Stored", {})).toThrow("files.deep.Stored.id: required, and missing");
    expect(() => messages.encode("files.deep.Stored", { id: "x", kind: 7 })).toThrow("a number that the enum has");
    expect(() => messages.encode("files.deep.Stored", { id: "x", old: { txt: "" } })).toThrow('did you mean "text"?');
  });

  it("are told what is wrong with protobuf's own", () => {
    expect(() => messages.encode("files.Store", { at: "yesterday" })).toThrow("expected a time such as");
    expect(() => messages.encode("files.Store", { labels: { a: { "@type": "x/nope" } } })).toThrow("known here");
  });

  it("are base64 where the body is raw", () => {
    expect(hex(messages.encode(RAW_BODY, "AQID"))).toBe("010203");
    expect(messages.decode(RAW_BODY, Uint8Array.of(1, 2, 3))).toBe("AQID");
    expect(() => messages.encode(RAW_BODY, {})).toThrow("a raw body is {}, and should be bytes in base64");
  });
});
