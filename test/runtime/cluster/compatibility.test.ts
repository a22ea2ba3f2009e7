import { describe, expect, it } from "vitest";
import { Compatibility } from "../../../runtime/cluster/compatibility.js";

const hash = (number: number) => number.toString(16).padStart(16, "0");
const of = (...hashes: string[]) => new Compatibility({ schemaHash: hashes[0]!, lineage: hashes, clientLineage: [] });
const NOTHING = new Uint8Array();

describe("compatibility", () => {
  it("is when one's schema is in the other's lineage, whichever is newer", () => {
    const [older, newer, foreign] = [of(hash(1)), of(hash(2), hash(1)), of(hash(3), hash(1))];
    expect(older.with(hash(1), NOTHING)).toBe(true);
    expect(newer.with(hash(1), older.announced)).toBe(true);
    expect(older.with(hash(2), newer.announced)).toBe(true);
    // Both go back to the same schema, and neither to the other.
    expect(newer.with(hash(3), foreign.announced)).toBe(false);
    expect(foreign.with(hash(2), newer.announced)).toBe(false);
  });

  it("is told by the newest 64 of a lineage, its own schema not among them", () => {
    const long = of(...Array.from({ length: 100 }, (_, index) => hash(200 - index)));
    expect(long.announced).toHaveLength(64 * 8);
    expect(of(hash(199)).with(hash(200), long.announced)).toBe(true);
    expect(of(hash(136)).with(hash(200), long.announced)).toBe(true);
    expect(of(hash(135)).with(hash(200), long.announced)).toBe(false);
    expect(long.with(hash(101), NOTHING)).toBe(true);
  });

  it("is less between a client and a server than between servers", () => {
    const newer = new Compatibility({
      schemaHash: hash(3),
      lineage: [hash(3), hash(2)],
      clientLineage: [hash(1)],
    });
    expect(newer.clients).toEqual(new Set([hash(3), hash(2), hash(1)]));
    expect([newer.with(hash(2), NOTHING), newer.with(hash(1), NOTHING)]).toEqual([true, false]);
    expect(of(hash(2)).with(hash(3), newer.announced)).toBe(true);
    expect(of(hash(1)).with(hash(3), newer.announced)).toBe(false);
  });

  it("finds nothing in bytes that are cut off or shifted", () => {
    const { announced } = of(hash(2), "0102030405060708");
    const older = of("0102030405060708");
    expect(older.with(hash(2), announced)).toBe(true);
    expect(older.with(hash(2), announced.subarray(1))).toBe(false);
    expect(older.with(hash(2), Uint8Array.of(0, ...announced))).toBe(false);
    expect(older.with("", NOTHING)).toBe(false);
  });
});
