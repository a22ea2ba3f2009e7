import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../../generator/generate.js";

const town = fileURLToPath(new URL(".", import.meta.url));

// `npm run gatesmith -- generate --root test/runtime/protocols` brings it up to date.
it("the town is what its schema generates", async () => {
  const { diagnostics, stale } = await generate(town, { check: true });
  expect({ diagnostics, stale }).toEqual({ diagnostics: [], stale: [] });
});
