import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { generate } from "../../../generator/generate.js";

const lab = fileURLToPath(new URL(".", import.meta.url));

// `npm run gatesmith -- generate --root test/runtime/lab` brings it up to date.
it("the lab is what its schema generates", async () => {
  const { diagnostics, stale } = await generate(lab, { check: true });
  expect({ diagnostics, stale }).toEqual({ diagnostics: [], stale: [] });
});
