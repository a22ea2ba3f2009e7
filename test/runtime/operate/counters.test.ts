import { describe, expect, it } from "vitest";
import { Counters } from "../../../runtime/operate/counters.js";
import { ErrorCode } from "../../../wire/error-code.js";

describe("Counters", () => {
  it("count errors by name, the application's together, and leave out what never happened", () => {
    const counters = new Counters();
    expect(counters.snapshot().errors).toEqual({});
    for (const code of [ErrorCode.TIMEOUT, ErrorCode.TIMEOUT, ErrorCode.INTERNAL, 1001, 65_535]) counters.error(code);
    expect(counters.snapshot().errors).toEqual({ TIMEOUT: 2, INTERNAL: 1, APPLICATION: 2 });
    expect(counters.errorsOf(ErrorCode.TIMEOUT)).toBe(2);
  });

  it("are plain data when they are read", () => {
    const counters = new Counters();
    counters.framesIn = 3;
    const snapshot = counters.snapshot();
    counters.framesIn = 4;
    expect(snapshot.framesIn).toBe(3);
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
  });
});
