import { describe, expect, it } from "vitest";
import { formatDiagnostics, sortDiagnostics } from "../../generator/diagnostic.js";
import type { Diagnostic } from "../../generator/model.js";
import { didYouMean } from "../../wire/did-you-mean.js";

const at = (file: string, line: number, column: number) => ({ file, line, column });
const unknown: Diagnostic = {
  rule: "unknown-message",
  message: 'there is no message "chat.Sya"',
  hint: 'did you mean "chat.Say"?',
  position: at("schema/chat.ts", 14, 27),
};
const odd: Diagnostic = { rule: "name", message: "50% is\nno name", hint: null, position: at("schema/a,b:c.ts", 1, 2) };

describe("diagnostics", () => {
  it("are a line each for people, with the hint below", () => {
    expect(formatDiagnostics([unknown, odd], "text")).toBe(
      'schema/chat.ts:14:27 unknown-message there is no message "chat.Sya"\n    did you mean "chat.Say"?\nschema/a,b:c.ts:1:2 name 50% is\nno name\n',
    );
    expect(formatDiagnostics([], "text")).toBe("");
  });

  it("are a list for programs", () => {
    expect(JSON.parse(formatDiagnostics([unknown], "json"))).toEqual([
      {
        file: "schema/chat.ts",
        line: 14,
        column: 27,
        rule: "unknown-message",
        message: 'there is no message "chat.Sya"',
        hint: 'did you mean "chat.Say"?',
      },
    ]);
    expect(formatDiagnostics([], "json")).toBe("[]\n");
  });

  it("tell what a difference to an earlier schema breaks, whom, and where it was", () => {
    const position = at("schema/chat.ts", 3, 5);
    const gone: Diagnostic = {
      rule: "route-removed",
      level: "route",
      clients: false,
      message: "chat.room.add is gone",
      hint: null,
      position,
      previous: at("schema/old.ts", 7, 9),
    };
    const fresh: Diagnostic = { ...unknown, level: "wire", clients: true };
    expect(formatDiagnostics([gone, fresh], "text")).toBe(
      "schema/chat.ts:3:5 route-removed ROUTE chat.room.add is gone\n    between servers alone: clients do not notice\n    before: schema/old.ts:7:9\n" +
        'schema/chat.ts:14:27 unknown-message WIRE there is no message "chat.Sya"\n    did you mean "chat.Say"?\n',
    );
    expect(JSON.parse(formatDiagnostics([gone, fresh], "json"))).toMatchObject([
      { rule: "route-removed", level: "route", clients: false, previous: at("schema/old.ts", 7, 9) },
      { rule: "unknown-message", level: "wire", clients: true, previous: null },
    ]);
    expect(formatDiagnostics([gone], "github")).toBe(
      "::error file=schema/chat.ts,line=3,col=5,title=route-removed ROUTE::chat.room.add is gone%0Abetween servers alone: clients do not notice%0Abefore: schema/old.ts:7:9\n",
    );
  });

  it("are annotations for GitHub, in which nothing ends too early", () => {
    expect(formatDiagnostics([unknown, odd], "github")).toBe(
      '::error file=schema/chat.ts,line=14,col=27,title=unknown-message::there is no message "chat.Sya"%0Adid you mean "chat.Say"?\n' +
        "::error file=schema/a%2Cb%3Ac.ts,line=1,col=2,title=name::50%25 is%0Ano name\n",
    );
  });

  it("are sorted by place, numbers as numbers, and said once", () => {
    const places = [at("b", 1, 1), at("a", 10, 1), at("a", 9, 20), at("a", 9, 3), at("a", 9, 3)];
    const sorted = sortDiagnostics(places.map((position) => ({ ...odd, position })));
    expect(sorted.map(({ position }) => position)).toEqual([
      at("a", 9, 3),
      at("a", 9, 20),
      at("a", 10, 1),
      at("b", 1, 1),
    ]);
  });
});

describe("did you mean", () => {
  it.each([
    ["sned", ["send", "sent", "leave"], "send"],
    ["chat.SendReqest", ["chat.SendRequest", "chat.SendResponse"], "chat.SendRequest"],
    ["ROOM", ["room"], "room"],
    ["rm", ["room"], null],
    ["x", ["y"], "y"],
    ["weather", ["chat", "room"], null],
    ["anything", [], null],
  ])("%s among %j", (name, candidates, meant) => {
    expect(didYouMean(name, candidates)).toBe(meant === null ? null : `did you mean "${meant}"?`);
  });
});
