/** Messages of our own that are compiled by our own generator: what is committed is what it prints today. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { ownMessages } from "../generator/control-messages.js";

it.each(ownMessages())(
  "$output is what the generator makes of $proto (npm run generate:control)",
  ({ output, text }) => {
    expect(readFileSync(new URL(`../${output}`, import.meta.url), "utf8")).toBe(text);
  },
);
