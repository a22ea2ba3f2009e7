import { expect, it } from "vitest";
import { LabelledLines } from "../../cli/labelled-lines.js";

function printed(...chunks: string[]): string {
  let text = "";
  const lines = new LabelledLines("chat-1", (more) => {
    text += more;
  });
  for (const chunk of chunks) lines.add(chunk);
  lines.end();
  return text;
}

it("lines of a server's log stay as they are, others have its id in front", () => {
  const line = '{"level":"info","server":"chat-1","msg":"server ready"}';
  expect(printed(`${line}\nhello\n\n{"a":1}\n`)).toBe(`${line}\nchat-1 | hello\nchat-1 | \nchat-1 | {"a":1}\n`);
  expect(printed('{"server":"chat-2"}\n')).toBe('chat-1 | {"server":"chat-2"}\n');
});

it("lines may come in pieces, and the last without an end", () => {
  expect(printed("he", "llo\nand", " good", "bye")).toBe("chat-1 | hello\nchat-1 | and goodbye\n");
  expect(printed("")).toBe("");
});

it("a line without an end is cut where it would fill the memory", () => {
  const half = "x".repeat(600_000);
  expect(printed(half, half, "end")).toBe(`chat-1 | ${half}${half}\nchat-1 | end\n`);
});
