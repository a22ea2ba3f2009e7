import { Failure } from "gatesmith/runtime";
import { describe, expect, it } from "vitest";
import { readFailure, writeFailure } from "../../runtime/cluster/failure-body.js";
import { Slab } from "../../wire/slab.js";

const names = new Map([[1001, "ROOM_FULL"]]);

/** The failure as another server reads it. */
function travelled(failure: Failure, executed = failure.executed): Failure {
  const slab = new Slab();
  slab.length = 5;
  writeFailure(failure, executed, slab);
  return readFailure(failure.code, slab, 5, slab.length, names);
}

describe("a failure", () => {
  it("travels with its code, name, message, and where the log says more", () => {
    for (const executed of ["no", "yes", "unknown"] as const) {
      const failure = new Failure(1001, "ROOM_FULL", "the room is full", executed, "1a2b");
      expect(travelled(failure)).toMatchObject({ ...failure, message: "the room is full" });
    }
  });

  it("says of itself what whoever sends it knows better", () => {
    expect(travelled(Failure.of("INTERNAL", "", "yes"), "no").executed).toBe("no");
  });

  it("is named after the closed list, the schema, or its number", () => {
    const named = (code: number) => travelled(new Failure(code, "?", "")).name;
    expect([20, 1001, 1002].map(named)).toEqual(["INTERNAL", "ROOM_FULL", "ERROR_1002"]);
  });

  it("is sent with as much of its words as every frame has room for", () => {
    const { message } = travelled(new Failure(1001, "ROOM_FULL", "x".repeat(100_000)));
    expect(message.length).toBeLessThan(2_000);
    expect(message.startsWith("x".repeat(1_000))).toBe(true);
  });

  it("has a code that headers can carry", () => {
    for (const code of [0, -1, 65_536, 1.5, Number.NaN, "7" as unknown as number]) {
      expect(() => new Failure(code, "X", "")).toThrow(`the code ${code} is not an integer from 1 to 65535`);
    }
  });

  it("that does not decode is a failure all the same", () => {
    const slab = new Slab();
    slab.bytes.fill(0xff, 0, 10);
    expect(readFailure(15, slab, 0, 10, names)).toMatchObject({ name: "TIMEOUT", executed: "unknown" });
  });
});
