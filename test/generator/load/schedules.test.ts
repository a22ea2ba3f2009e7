/** Schedules as they are written, from their defaults to what is wrong with them. */
import { describe, expect, it } from "vitest";
import { loadProject } from "../../../generator/load/index.js";
import { lineAndColumn } from "../../../generator/text-position.js";
import { changed, smallProject } from "./small-schema.js";

const IMPORT = ["defineSchema,", "defineSchema, cron, every,"] as const;

/** The small schema with schedules in `chat`. */
function changes(schedules: string) {
  return [IMPORT, ["  handlers: {", `  schedules: ${schedules},\n  handlers: {`] as const];
}

async function groupsOf(schedules: string) {
  const { model, diagnostics } = await loadProject(smallProject(changes(schedules)));
  expect(diagnostics).toEqual([]);
  return model!.servers[2]!.groups;
}

describe("schedules", () => {
  it("are methods of the group that routes have, with defaults filled in", async () => {
    const [room, ...others] = await groupsOf(`{ room: {
      /** Who is silent? */
      sweep: every("10s"),
      report: cron("0 4 * * *"),
    } }`);
    expect(others).toEqual([]);
    expect(room!.handlers.map(({ method }) => method)).toEqual(["send"]);
    expect(room!.schedules).toMatchObject([
      {
        name: "chat.room.sweep",
        method: "sweep",
        when: { kind: "every", interval: 10_000 },
        on: "one",
        overlap: "skip",
        timeout: 60_000,
        doc: "Who is silent?",
      },
      { name: "chat.room.report", when: { kind: "cron", expression: "0 4 * * *", timezone: "UTC" }, doc: "" },
    ]);
  });

  it("may have a group to themselves, and say everything", async () => {
    const [, clock] = await groupsOf(
      '{ clock: { night: cron("0 0 4 * * *", { timezone: "Europe/Berlin", on: "each", overlap: "queue", timeout: "2h" }) } }',
    );
    expect(clock).toMatchObject({
      name: "clock",
      handlers: [],
      remotes: [],
      schedules: [
        {
          when: { kind: "cron", expression: "0 0 4 * * *", timezone: "Europe/Berlin" },
          on: "each",
          overlap: "queue",
          timeout: 7_200_000,
        },
      ],
    });
  });

  it("change nothing of what others rely on", async () => {
    const without = await loadProject(smallProject());
    const schedules = await loadProject(smallProject(changes('{ room: { sweep: every("10s") } }')));
    expect(schedules.model!.schemaHash).toBe(without.model!.schemaHash);
  });

  it.each([
    [
      '{ room: { sweep: every("10x") } }',
      '"10x"',
      '"interval" of every() must be a duration above zero: "10s", "250ms", or a number of milliseconds, not "10x"',
      null,
    ],
    [
      '{ room: { sweep: cron("") } }',
      '""',
      '"expression" of cron() must be a cron expression, such as "0 4 * * *", not ""',
      null,
    ],
    [
      '{ room: { sweep: every("10s", { at: 1, on: "one" }) } }',
      "at: 1",
      'every() has no option "at"',
      "there are: on, overlap, timeout",
    ],
    [
      '{ room: { sweep: cron("0 4 * * *", { timeZone: "UTC" }) } }',
      "timeZone",
      'cron() has no option "timeZone"',
      'did you mean "timezone"?',
    ],
    [
      '{ room: { sweep: every("10s", { on: "all" }) } }',
      'on: "all"',
      '"on" of every() must be "one" or "each", not "all"',
      null,
    ],
    ['{ room: { sweep: "10s" } }', "sweep:", '"sweep" must be made by every() or cron(), not "10s"', null],
    [
      '{ room: { sweep: request(2009, "chat.Say", "chat.Nothing") } }',
      "sweep:",
      '"sweep" must be made by every() or cron(), not what request() returns',
      "request() belongs elsewhere",
    ],
    [
      '{ sweep: every("10s") }',
      "sweep:",
      '"sweep" must be a group, an object of methods, not what every() returns',
      "schedules are grouped: { <group>: { <method>: ... } }",
    ],
  ])("%s", async (schedules, needle, message, hint) => {
    const text = changed(changes(schedules));
    const { model, diagnostics } = await loadProject(smallProject(changes(schedules)));
    expect(model).toBeNull();
    const position = {
      file: "schema/index.ts",
      ...lineAndColumn(text, text.indexOf(schedules) + schedules.indexOf(needle)),
    };
    expect(diagnostics).toEqual([{ rule: "schema-shape", message, hint, position }]);
  });

  it("have no place among handlers", async () => {
    const { diagnostics } = await loadProject(
      smallProject([IMPORT, ["    room: {", '    room: { sweep: every("10s"),']]),
    );
    expect(diagnostics).toMatchObject([
      {
        message: '"sweep" must be made by request() or notify(), not what every() returns',
        hint: "every() belongs elsewhere",
      },
    ]);
  });
});
