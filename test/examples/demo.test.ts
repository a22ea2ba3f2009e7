import { describe, expect, it } from "vitest";
import { Transcript } from "../../examples/demo/transcript.js";
import { Command, checkout } from "../cli/support/command.js";

const demo = (...args: string[]) =>
  new Command(process.execPath, ["--import", "tsx", "examples/demo/index.ts", ...args], checkout);

describe("the demo", () => {
  it("ends with 0 when four bots have said and heard everything, on both connectors", async () => {
    const { code, stdout, stderr } = await demo("--once", "--any-port").finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("lobby    a second ann is refused: NAME_TAKEN\n");
    expect(stdout).toContain("kitchen  dee hears that cid left\n");
    expect(stdout).toMatch(/on connector-1/);
    expect(stdout).toMatch(/on connector-2/);
    expect(stdout).toMatch(
      /^route +count +errors +p50 +p99\nconnector\.entry\.enter +5 +1 .*\nchat\.room\.send +43 +0 /m,
    );
    expect(stdout).toMatch(/the transcript is complete\n$/);
  });

  it("stays up, and says where, until it is interrupted", async () => {
    const running = demo("--any-port");
    const [, gate] = await running.printed(/entry +(http:\S+)\/entry\?uid=somebody/);
    const answer = await fetch(`${gate}/entry?uid=eve`);
    expect(await answer.json()).toMatchObject({ url: expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\/$/) });
    expect(await running.interrupt()).toMatchObject({ code: 0, stderr: "" });
  });

  it("refuses an option it does not know", async () => {
    const { code, stderr } = await demo("--twice").finished;
    expect(code).toBe(2);
    expect(stderr).toBe("--twice is no option of the demo; there are --once and --any-port\n");
  });
});

describe("the transcript", () => {
  it("prints a step's lines in the order given, and tells what is missing and what came unasked", async () => {
    const printed: string[] = [];
    const transcript = new Transcript((line) => printed.push(line), 20);
    await transcript.step("lobby", () => {
      transcript.record("lobby", "b");
      transcript.record("kitchen", "a");
      transcript.record("lobby", "a");
    }, ["a", "b"]);
    await transcript.step("lobby", () => transcript.record("lobby", "c"), ["c", "d"]);
    await transcript.step("lobby", () => Promise.reject(new Error("no")), []);
    expect(printed).toEqual(["lobby    a", "lobby    b", "lobby    c"]);
    expect(transcript.missing).toEqual(["lobby    d"]);
    expect(transcript.surplus).toEqual(["kitchen  a", "lobby    failed: Error: no"]);
  });
});
