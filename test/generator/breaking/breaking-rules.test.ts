/** Every breaking rule has a folder with two small schemas, the second of which breaks it, and what must come of it. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BREAKING_RULES } from "../../../generator/breaks.js";
import { schemaHash } from "../../../generator/schema-hash.js";
import { breaksBetween, FIXTURES, loadSchema, renderBreaks } from "./fixture.js";

const ids = BREAKING_RULES.map(({ id }) => id).sort();

describe("breaking rules", () => {
  it("are one a file, each with a fixture folder", () => {
    const folder = fileURLToPath(new URL("../../../generator/breaking", import.meta.url));
    const files = readdirSync(folder).map((file) => file.replace(/\.ts$/, ""));
    expect(files.sort()).toEqual(ids);
    expect(readdirSync(FIXTURES).sort()).toEqual(ids);
  });

  it.each(BREAKING_RULES.map(({ id, level }) => [id, level] as const))("%s", async (id, level) => {
    const folder = join(FIXTURES, id);
    const [previous, current] = [join(folder, "previous"), join(folder, "current")];
    const breaks = await breaksBetween(previous, current, level);
    expect(renderBreaks(folder, breaks)).toBe(readFileSync(join(folder, "expected.txt"), "utf8"));
    expect(breaks).toContainEqual(expect.objectContaining({ rule: id, level }));
    // Nothing is a break of itself, and levels are nested.
    expect(await breaksBetween(previous, previous, "source")).toEqual([]);
    expect(await breaksBetween(previous, current, "source")).toEqual(expect.arrayContaining(breaks));
  });

  it("never speak of schemas that have the same hash, except of names", async () => {
    for (const { id, level } of BREAKING_RULES) {
      // The version is what a hash is not about.
      if (level === "source" || id === "version-lowered") continue;
      const [previous, current] = [
        await loadSchema(join(FIXTURES, id, "previous")),
        await loadSchema(join(FIXTURES, id, "current")),
      ];
      expect(schemaHash(current.facts), id).not.toBe(schemaHash(previous.facts));
    }
  });
});
