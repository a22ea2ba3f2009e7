import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FrontendSession } from "../../../runtime/session/frontend-session.js";
import { SessionTable } from "../../../runtime/session/session-table.js";

const make = (slot: number, generation: number) => ({ slot, generation }) as FrontendSession;

describe("SessionTable", () => {
  it("finds a session by slot and generation, and nobody else by an old generation", () => {
    const table = new SessionTable(10);
    const ann = table.open(make)!;
    expect(table.find(ann.slot, ann.generation)).toBe(ann);
    table.release(ann);
    expect(table.find(ann.slot, ann.generation)).toBeNull();
    const bob = table.open(make)!;
    expect(bob.slot).toBe(ann.slot);
    expect(bob.generation).not.toBe(ann.generation);
    expect(table.find(ann.slot, ann.generation)).toBeNull();
    expect(table.find(bob.slot, bob.generation)).toBe(bob);
  });

  it("ignores the release of a session that is gone already", () => {
    const table = new SessionTable(10);
    const ann = table.open(make)!;
    table.release(ann);
    const bob = table.open(make)!;
    table.release(ann);
    expect(table.find(bob.slot, bob.generation)).toBe(bob);
    expect(table.size).toBe(1);
  });

  it("finds nothing where nothing has ever been", () => {
    const table = new SessionTable(10);
    for (const slot of [0, 9, 10, 4_000_000_000]) expect(table.find(slot, 1)).toBeNull();
  });

  it("never gives a session generation 0, which means no session", () => {
    const table = new SessionTable(1);
    expect(table.open(make)!.generation).toBe(1);
  });

  it("holds as many as it may, in whatever order they come and go", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(), { maxLength: 100 }), (capacity, steps) => {
        const table = new SessionTable(capacity);
        const there: FrontendSession[] = [];
        const seen = new Set<string>();
        for (const step of steps) {
          if (step % 2 === 0) {
            const session = table.open(make);
            expect(session === null).toBe(there.length === capacity);
            if (session === null) continue;
            const id = `${session.slot}/${session.generation}`;
            expect(seen.has(id)).toBe(false);
            seen.add(id);
            there.push(session);
          } else if (there.length > 0) {
            table.release(there.splice(step % there.length, 1)[0]!);
          }
          expect(table.size).toBe(there.length);
          expect(new Set(table)).toEqual(new Set(there));
        }
      }),
    );
  });

  it("may be changed while it is walked", () => {
    const table = new SessionTable(10);
    for (let count = 0; count < 5; count++) table.open(make);
    let walked = 0;
    for (const session of table) {
      walked++;
      table.release(session);
      if (walked === 1) table.open(make);
    }
    expect(walked).toBe(5);
    expect(table.size).toBe(1);
  });
});
