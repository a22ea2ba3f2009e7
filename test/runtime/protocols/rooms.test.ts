import { describe, expect, it } from "vitest";
import WebSocket from "ws";
import { ErrorCode } from "../../../wire/error-code.js";
import { TownClient } from "./generated/client-typescript/index.js";
import { HexLine, hexOf, jsonRequest, jsonResponse, pdu, plain } from "./hex-line.js";
import { loggedIn, startTown } from "./town.js";

async function expectNext(line: HexLine, ...frames: readonly string[]): Promise<void> {
  const expected = frames.map(plain).join("");
  expect(await line.take(expected)).toBe(expected);
}

describe("one room", () => {
  it("has members of four protocols: what one says all hear, each in its own way", async () => {
    const town = await startTown();
    const ours = await TownClient.connect({ url: town.urls.main, webSocket: WebSocket as never });
    const heard: unknown[] = [];
    ours.room.onLine((line) => heard.push(line));
    await ours.connector.door.enter({ name: "bo", room: "square" });
    await ours.room.talk.join({});

    const teamtalk = await loggedIn(town);
    teamtalk.send(pdu(4, 0x0401, 2, "0805"));
    await expectNext(teamtalk, pdu(4, 0x0402, 2, "0800 1203616e6e"));

    const json = await HexLine.webSocket(town.urls.json);
    json.send(jsonRequest(2001, 1, { name: "cy", room: "square" }), jsonRequest(3001, 2, {}));
    // They came in one message: the second was refused before the first had bound the session.
    await expectNext(json, jsonResponse(3001, 2, undefined, ErrorCode.UNAUTHENTICATED), jsonResponse(2001, 1, {}));
    json.send(jsonRequest(3001, 3, {}));
    await expectNext(json, jsonResponse(3001, 3, {}));

    const lines = await HexLine.tcp(town.urls.lines);
    lines.send(hexOf('%2001/1/{"name":"di","room":"square"}$\n'));
    await expectNext(lines, hexOf("%2001/1/0/{}$\n"));
    lines.send(hexOf("%3001/2/{}$\n"));
    await expectNext(lines, hexOf("%3001/2/0/{}$\n"));

    // The TeamTalk client speaks.
    const hi = "0803 1002 1801 3202 6869";
    teamtalk.send(pdu(3, 0x0301, 3, hi));
    await expectNext(teamtalk, pdu(3, 0x0301, 0, hi), pdu(3, 0x0302, 3, "0803 1002 1801"));
    await expectNext(json, jsonResponse(3101, 0, { from: "ann", text: "hi" }));
    await expectNext(lines, hexOf('%3101/0/0/{"from":"ann","text":"hi"}$\n'));

    // Ours does, then the JSON client.
    expect(await ours.room.talk.say({ text: "ho" })).toEqual({ text: "ho - -" });
    await expectNext(teamtalk, pdu(3, 0x0301, 0, "0802 1002 1801 3202 686f"));
    await expectNext(json, jsonResponse(3101, 0, { from: "bo", text: "ho" }));
    json.send(jsonRequest(3003, 4, { text: "he" }));
    await expectNext(json, jsonResponse(3101, 0, { from: "cy", text: "HE" }));
    await expectNext(teamtalk, pdu(3, 0x0301, 0, "0802 1002 1801 3202 4845"));
    await expectNext(
      lines,
      hexOf('%3101/0/0/{"from":"bo","text":"ho"}$\n'),
      hexOf('%3101/0/0/{"from":"cy","text":"HE"}$\n'),
    );
    await ours.connector.door.echo({ text: "" });
    expect(heard).toEqual([
      { from: "ann", text: "hi" },
      { from: "bo", text: "ho" },
      { from: "cy", text: "HE" },
    ]);
    ours.close();
  });
});

describe("a JSON client", () => {
  it("has codes in the header, without words, for what is refused, unknown or no JSON", async () => {
    const town = await startTown();
    const line = await HexLine.webSocket(town.urls.json);
    line.send(jsonRequest(2003, 1, { text: "x" }));
    await expectNext(line, jsonResponse(2003, 1, undefined, ErrorCode.UNAUTHENTICATED));
    line.send(jsonRequest(4000, 2, {}));
    await expectNext(line, jsonResponse(4000, 2, undefined, ErrorCode.UNKNOWN_MESSAGE));
    line.send("07d2 0003 0008 7b7d".replace("7b7d", "7b7b"));
    await expectNext(line, jsonResponse(2002, 3, undefined, ErrorCode.BAD_BODY));
    line.send(jsonRequest(2002, 4, { text: "ok" }));
    await expectNext(line, jsonResponse(2002, 4, { text: "ok - -" }));
    line.send("0009 0005 0006");
    await expectNext(line, "0009 0005 0008 0000");
  });
});

describe("a client of delimited text", () => {
  it("has its frames cut however they come, codes in the header, and is closed at the strikes", async () => {
    const town = await startTown({ strikes: 3 });
    const line = await HexLine.tcp(town.urls.lines);
    line.send(hexOf('%2002/1/{"te'));
    line.send(hexOf('xt":"a$%/"}$\n%9/2/{}$'), hexOf("\n%2003/3/{}"));
    await expectNext(line, hexOf('%2002/1/0/{"text":"a$%/ - -"}$\n%9/2/0/{}$\n'));
    line.send(hexOf("$\n%2002/4/{]$\n"));
    await expectNext(line, hexOf(`%2003/3/${ErrorCode.UNAUTHENTICATED}/$\n%2002/4/${ErrorCode.BAD_BODY}/$\n`));
    // What has the frame's ends and no header counts, and cannot be answered.
    line.send(hexOf("%4000/5/{}$\n"), hexOf("%x$\n%y$\n"));
    expect(await line.last()).toBe(hexOf(`%4000/5/${ErrorCode.UNKNOWN_MESSAGE}/$\n`));
    expect(town.counters.strikeOuts).toBe(1);
  });
});
