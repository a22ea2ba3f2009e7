/** That the ledger finds what must never be: otherwise a suite without findings says nothing. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Judgement, judge, Ledger } from "./ledger.js";
import { type Asked, Member, type Outcome } from "./member.js";

let folder: string;
let still: number;

beforeEach(() => {
  still = 0;
  folder = mkdtempSync(join(tmpdir(), "ledger-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

const OK: Outcome = { code: "OK", executed: "yes" };

/** One member, who stays in its room, and says one thing. */
function member(heard: Readonly<Record<string, number>>, gaps: number[] = []): Member {
  const ann = new Member("ann", "red", "green", "", []);
  ann.stays.push({ session: "s1", from: 0, until: null, code: null, gaps });
  for (const [nonce, times] of Object.entries(heard)) ann.heard.set(nonce, times);
  return ann;
}

function verdict(
  lines: readonly string[],
  outcomes: readonly Outcome[],
  ann = member({ n1: 1 }),
  kind = "say",
  settledAt = 2_010,
): Judgement {
  writeFileSync(join(folder, "1"), lines.map((line) => `${line}\n`).join(""));
  const one = { nonce: "n1", kind, member: ann, at: 2_000, within: 4_000, outcomes, settledAt };
  // For as long as that the clients' own process did nothing.
  const stoodStill = () => still;
  const asked = [one] as unknown as Asked[];
  return judge({ ledger: new Ledger(folder), asked, members: [ann], running: ["room-1"], since: 1_000, stoodStill });
}

const BORN = "born 1.000 room-1/a room-1";
const RAN = "executed 2005.000 room-1/a n1 s1";
const SAID = "published 2006.000 room-1/a n1 red";

it("is content with what is as it should be", () => {
  const { wrongs, missed, requests, pushes } = verdict([BORN, RAN, SAID], [OK]);
  expect({ wrongs, missed, requests, pushes }).toEqual({ wrongs: [], missed: [], requests: 1, pushes: 1 });
});

it.each<[string, readonly string[], readonly Outcome[], RegExp]>([
  ["no outcome", [BORN, RAN, SAID], [], /has 0 outcomes/],
  ["two outcomes", [BORN, RAN, SAID], [OK, OK], /has 2 outcomes/],
  ["two runs", [BORN, RAN, RAN.replace("/a", "/b"), SAID], [OK], /ran 2 times/],
  ["an answer of nobody", [BORN, SAID], [OK], /executed, and it was not/],
  ["a refusal of what ran", [BORN, RAN, SAID], [{ code: "NO_SERVER", executed: "no" }], /not executed, and it was/],
  [
    "a run for another's session",
    [BORN, RAN.replace("s1", "s2"), SAID, "closed 3.000 room-1/a s2"],
    [OK],
    /session s2/,
  ],
  ["a code that nobody documented", [BORN, RAN, SAID], [{ code: "INTERNAL", executed: "yes" }], /ended in INTERNAL/],
  ["an end that nobody heard of", [BORN, RAN, SAID, "executed 2.000 room-1/a n0 s0"], [OK], /session s0 0 times/],
  ["an end heard twice", [BORN, RAN, SAID, ...Array(2).fill("closed 3.000 room-1/a s0")], [OK], /session s0 2 times/],
])("finds %s", (_name, lines, outcomes, what) => {
  expect(verdict(lines, outcomes).wrongs).toEqual([expect.stringMatching(what)]);
});

it("finds an outcome that came later than promised, unless it was the clients' process that stood still", () => {
  const settled = (at: number) => verdict([BORN, RAN, SAID], [OK], member({ n1: 1 }), "say", at).wrongs;
  expect(settled(6_300)).toEqual([]);
  expect(settled(6_301)).toEqual(["say n1 ended in OK after 4301 ms, and is promised an end within 4000"]);
  still = 200;
  expect(settled(6_501)).toHaveLength(1);
  expect(settled(6_500)).toEqual([]);
});

it("finds a push that came twice", () => {
  expect(verdict([BORN, RAN, SAID], [OK], member({ n1: 2 })).wrongs).toEqual(["ann heard n1 2 times"]);
});

it.each<[string, (ann: Member) => void, string]>([
  ["another room", (ann) => ann.hear({ nonce: "n2", room: "green" }), "ann of room red heard n2 of room green"],
  [
    "another session",
    (ann) => ann.beTold({ nonce: "n1", session: "s2" }),
    "ann, session s1, was told n1, which is for session s2",
  ],
  [
    "a session that is over",
    (ann) => {
      ann.stays[0]!.until = 2_006;
      ann.beTold({ nonce: "n1", session: "s1" });
    },
    "ann, session null, was told n1, which is for session s1",
  ],
  [
    "a session twice",
    (ann) => {
      ann.beTold({ nonce: "n1", session: "s1" });
      ann.beTold({ nonce: "n1", session: "s1" });
    },
    "ann was told n1 2 times",
  ],
])("finds a push that reached %s", (_name, reach, what) => {
  const ann = member({ n1: 1 });
  reach(ann);
  expect(verdict([BORN, RAN, SAID], [OK], ann).wrongs).toContain(what);
});

it("finds a push that was missed, unless the member was told so afterwards", () => {
  expect(verdict([BORN, RAN, SAID], [OK], member({})).missed).toEqual(["ann missed n1 at 1006 ms"]);
  expect(verdict([BORN, RAN, SAID], [OK], member({}, [2_000])).missed).toHaveLength(1);
  expect(verdict([BORN, RAN, SAID], [OK], member({}, [2_007]))).toMatchObject({ missed: [], announced: 1 });
});

const LOST: Outcome = { code: "BACKEND_LOST", executed: "unknown" };

it("counts what ran without an answer, and asks for nothing that died with it", () => {
  const next = "born 2008.000 room-1/b room-1";
  expect(verdict([BORN, RAN, SAID, next], [LOST], member({}))).toMatchObject({
    unanswered: 1,
    wrongs: [],
    missed: [],
  });
});

it("finds a push that was missed though its request has no answer, when the server that ran it lives on", () => {
  expect(verdict([BORN, RAN, SAID], [LOST], member({})).missed).toEqual(["ann missed n1 at 1006 ms"]);
  expect(verdict([BORN, RAN, SAID], [LOST], member({}, [2_007]))).toMatchObject({ missed: [], announced: 1 });
});
