import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../generator/generate.js";

const chaos = fileURLToPath(new URL(".", import.meta.url));

// `npm run gatesmith -- generate --root test/chaos` brings it up to date.
it("the application of the chaos suite is what its schema generates", async () => {
  const { diagnostics, stale } = await generate(chaos, { check: true });
  expect({ diagnostics, stale }).toEqual({ diagnostics: [], stale: [] });
});
