import { describe, expect, it } from "vitest";
import { Failure } from "../../../runtime/failure.js";
import { SessionDataSchema } from "../../../runtime/session/session-data.js";
import { manifest } from "../lab/generated/server/index.js";

const schema = new SessionDataSchema(manifest.session);
const start = { room: "", home: "", level: 0 };

const thrown = (what: () => unknown) => {
  try {
    what();
  } catch (error) {
    return error;
  }
};

describe("session data", () => {
  it("begins with every field's default, frozen", () => {
    expect(schema.initial).toEqual(start);
    expect(Object.isFrozen(schema.initial)).toBe(true);
  });

  it("is patched into a new object", () => {
    const data = schema.patched(schema.initial, { room: "lobby" });
    expect(data).toEqual({ ...start, room: "lobby" });
    expect(schema.patched(data, { level: 3 })).toEqual({ ...start, room: "lobby", level: 3 });
    expect(schema.initial).toEqual(start);
  });

  it("has no fields but the schema's", () => {
    for (const name of ["rooom", "constructor", "__proto__x", "toString"]) {
      const failure = thrown(() => schema.patched(schema.initial, { [name]: "x" }));
      expect(failure).toBeInstanceOf(Failure);
      expect((failure as Failure).message).toBe(
        `session data has no field "${name}"; its fields are room, home, level`,
      );
    }
  });

  it("has values of its fields' types only", () => {
    const failure = thrown(() => schema.patched(schema.initial, { level: "high" }));
    expect(failure).toBeInstanceOf(Failure);
    expect((failure as Failure).message).toContain("lab.SessionData.level");
  });

  it("travels whole, and as a patch of the fields that change", () => {
    const data = { room: "lobby", home: "pinned-1", level: 2 ** 32 - 1 };
    expect(schema.decode(schema.encode(data))).toEqual(data);
    for (const patch of [{ room: "garden" }, { level: 0, home: "" }, {}]) {
      expect(schema.decodePatch(schema.encodePatch(patch))).toEqual(patch);
    }
  });

  it("leaves out of a patch what this schema does not know", () => {
    expect(schema.decodePatch({ fields: [1, 99], data: schema.encode({ ...start, room: "lobby" }) })).toEqual({
      room: "lobby",
    });
  });

  it("is empty where the schema declares none", () => {
    const none = new SessionDataSchema(null);
    expect(none.initial).toEqual({});
    expect(none.patched(none.initial, {})).toEqual({});
    expect(thrown(() => none.patched(none.initial, { room: "x" }))).toBeInstanceOf(Failure);
  });
});
