import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { LogOutput } from "../../../runtime/operate/log-output.js";

/** An empty file, and what is in it. */
function file(): { descriptor: number; text: () => string } {
  const folder = mkdtempSync(join(tmpdir(), "gatesmith-log-"));
  const path = join(folder, "log");
  const descriptor = openSync(path, "w");
  onTestFinished(() => {
    closeSync(descriptor);
    rmSync(folder, { recursive: true });
  });
  return { descriptor, text: () => readFileSync(path, "utf8") };
}

it("writes every line, in order, also those that come while it writes", async () => {
  const { descriptor, text } = file();
  const output = new LogOutput(descriptor);
  const lines = Array.from({ length: 1_000 }, (_, index) => `line ${index} ü\n`);
  for (const line of lines) {
    output.write(line);
    if (line.includes("0 ")) await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(text).toBe(lines.join(""));
});

it("has written what waited when it was flushed", async () => {
  const { descriptor, text } = file();
  const output = new LogOutput(descriptor);
  output.write("in progress\n");
  output.write("last words\n");
  output.flush();
  expect(text()).toContain("last words\n");
  await expect.poll(text).toContain("in progress\n");
});

it("leaves out what cannot be written, and ends", async () => {
  const full = openSync("/dev/full", "w");
  onTestFinished(() => closeSync(full));
  const output = new LogOutput(full);
  output.write("first\n");
  output.write("second\n");
  output.flush();
  await new Promise((resolve) => setImmediate(resolve));
  output.write("third\n");
  output.flush();
});

it("leaves out what comes while too much waits for the reader", async () => {
  const { descriptor, text } = file();
  const output = new LogOutput(descriptor, 100);
  output.write("first\n");
  // What is being written does not wait any more.
  for (let count = 0; count < 20; count++) output.write("123456789\n");
  output.write("1\n");
  await expect.poll(text).toBe(`first\n${"123456789\n".repeat(10)}`);
});
