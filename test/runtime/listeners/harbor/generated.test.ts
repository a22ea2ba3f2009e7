import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../../../generator/generate.js";

const harbor = fileURLToPath(new URL(".", import.meta.url));

// `npm run gatesmith -- generate --root test/runtime/listeners/harbor` brings it up to date.
it("the harbor is what its schema generates", async () => {
  const { diagnostics, stale } = await generate(harbor, { check: true });
  expect({ diagnostics, stale }).toEqual({ diagnostics: [], stale: [] });
});
