import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hashBytes, hashText, rendezvous } from "../../../runtime/cluster/rendezvous.js";

const servers = (...ids: string[]) => ids.map((id) => ({ id, idHash: hashText(id) }));
const numbered = (count: number) => servers(...Array.from({ length: count }, (_, index) => `chat-${index + 1}`));
const keys = Array.from({ length: 20_000 }, (_, index) => hashText(`room-${index}`));
const owners = (among: ReturnType<typeof servers>) => keys.map((key) => rendezvous(key, among)!.id);

describe("hashes", () => {
  it("are the same for a text and for its UTF-8 bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const bytes = Buffer.from(text);
        expect(hashText(text)).toBe(hashBytes(bytes, 0, bytes.length));
      }),
    );
  });

  it("are FNV-1a, which others can compute too", () => {
    // Vectors of the FNV reference.
    expect(hashText("")).toBe(0x811c9dc5);
    expect(hashText("a")).toBe(0xe40c292c);
    expect(hashText("foobar")).toBe(0xbf9cf968);
  });
});

describe("rendezvous", () => {
  it("has nobody to choose among no servers", () => {
    expect(rendezvous(1, [])).toBeNull();
  });

  it("chooses the same server whatever the order of the list", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 10 }), fc.string(), (ids, key) => {
        const among = servers(...ids);
        const winner = rendezvous(hashText(key), among)!.idHash;
        expect(rendezvous(hashText(key), [...among].reverse())!.idHash).toBe(winner);
      }),
    );
  });

  it("spreads keys evenly", () => {
    for (const count of [2, 3, 5, 8]) {
      const shares = new Map<string, number>();
      for (const id of owners(numbered(count))) shares.set(id, (shares.get(id) ?? 0) + 1);
      expect(shares.size).toBe(count);
      for (const share of shares.values()) {
        expect(share).toBeGreaterThan((0.9 * keys.length) / count);
        expect(share).toBeLessThan((1.1 * keys.length) / count);
      }
    }
  });

  it("moves one in n keys when the n-th server comes, all of them to it", () => {
    for (const count of [2, 3, 5, 8]) {
      const before = owners(numbered(count - 1));
      const after = owners(numbered(count));
      const moved = after.filter((id, index) => id !== before[index]);
      expect(new Set(moved)).toEqual(new Set([`chat-${count}`]));
      expect(moved.length).toBeGreaterThan((0.9 * keys.length) / count);
      expect(moved.length).toBeLessThan((1.1 * keys.length) / count);
    }
  });

  it("moves no keys but its own when a server goes", () => {
    const before = owners(numbered(5));
    const after = owners(numbered(5).filter(({ id }) => id !== "chat-3"));
    after.forEach((id, index) => {
      if (before[index] !== "chat-3") expect(id).toBe(before[index]);
    });
  });
});
