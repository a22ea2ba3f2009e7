import { expect, it } from "vitest";
import { quoted } from "../../cli/quoted.js";

it("what somebody typed is in quotes, and moves no cursor", () => {
  expect(quoted("lobby/ann")).toBe('"lobby/ann"');
  expect(quoted("")).toBe('""');
  expect(quoted("大厅 \u{1f600}")).toBe('"大厅 \u{1f600}"');
  expect(quoted('a"\n\u001b[2J')).toBe('"a\\"\\n\\u001b[2J"');
  expect(quoted("\u009b2J\u007f\u202e\u2028\u{e0001}")).toBe('"\\u009b2J\\u007f\\u202e\\u2028\\udb40\\udc01"');
});
