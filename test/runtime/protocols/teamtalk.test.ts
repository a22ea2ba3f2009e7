import { describe, expect, it } from "vitest";
import { CloseCode } from "../../../wire/close-code.js";
import { ErrorCode } from "../../../wire/error-code.js";
import { HexLine, pdu, plain } from "./hex-line.js";
import { LOGGED_IN, LOGIN, loggedIn, startTown } from "./town.js";

/** "hi" from user 3 to session 2, message 1. */
const MESSAGE = "0803 1002 1801 3202 6869";
const HEARTBEAT = "00000010 0001 0000 0007 0701 0000 0000";

/** What comes next is exactly this. */
async function expectNext(line: HexLine, ...frames: readonly string[]): Promise<void> {
  const expected = frames.map(plain).join("");
  expect(await line.take(expected)).toBe(expected);
}

describe("a TeamTalk client", () => {
  it("logs in: the answer has an id of its own and the request's sequence", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send("00000019 0001 0000 0001 0103 0001 0000", LOGIN);
    await expectNext(line, "00000017 0001 0000 0001 0104 0001 0000 0884868808 1000");
  });

  it("of version 6 is taken, and answered with the server's version", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(pdu(1, 0x0103, 9, LOGIN, 6));
    await expectNext(line, pdu(1, 0x0104, 9, "0884868808 1000"));
  });

  it("is told in the body why the login failed, by the handler's answer or by what it throws", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(pdu(1, 0x0103, 1, "0a03616e6e 120577726f6e67"));
    await expectNext(line, pdu(1, 0x0104, 1, "0801 1006 1a026e6f"));
    line.send(pdu(1, 0x0103, 2, "0a03616e6e 12057468726f77"));
    // The enum is closed, and 1001 none of its values: the first one that is a reason stands for it.
    await expectNext(line, pdu(1, 0x0104, 2, "0800 1001"));
    // A body without what is required is BAD_BODY, 4: no value either.
    line.send(pdu(1, 0x0103, 3, "0a03616e6e"));
    await expectNext(line, pdu(1, 0x0104, 3, "0800 1001"));
    line.send(pdu(1, 0x0103, 4, LOGIN));
    await expectNext(line, pdu(1, 0x0104, 4, "0884868808 1000"));
    expect(town.counters.snapshot().errors).toEqual({ APPLICATION: 1, BAD_BODY: 1 });
  });

  it("has its heartbeat echoed byte for byte, in pieces and in bursts", async () => {
    const town = await startTown();
    const line = await loggedIn(town);
    line.send(HEARTBEAT);
    await expectNext(line, HEARTBEAT);
    line.send("00000010 00");
    line.send("01 0000 0007 0701", "0000 0000", HEARTBEAT, plain(HEARTBEAT).slice(0, 12));
    await expectNext(line, HEARTBEAT, HEARTBEAT);
    line.send(plain(HEARTBEAT).slice(12));
    await expectNext(line, HEARTBEAT);
  });

  it("is heard before it has logged in, too", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(HEARTBEAT);
    await expectNext(line, HEARTBEAT);
  });

  it("reaches a backend, which answers, fails in the body, and pushes with sequence 0", async () => {
    const town = await startTown();
    const line = await loggedIn(town);
    line.send(pdu(4, 0x0401, 2, "0800"));
    await expectNext(line, pdu(4, 0x0402, 2, "08e907"));
    line.send(pdu(4, 0x0401, 3, "0805"));
    await expectNext(line, pdu(4, 0x0402, 3, "0800 1203616e6e"));
    line.send(pdu(3, 0x0301, 4, MESSAGE));
    await expectNext(line, pdu(3, 0x0301, 0, MESSAGE), pdu(3, 0x0302, 4, "0803 1002 1801"));
    line.send(HEARTBEAT);
    await expectNext(line, HEARTBEAT);
  });

  it("may use any sequence, the same one twice as well: nothing is deduplicated", async () => {
    const town = await startTown();
    const line = await loggedIn(town);
    line.send(pdu(4, 0x0401, 1, "0805"), pdu(4, 0x0401, 1, "0805"), pdu(4, 0x0401, 0, "0805"));
    const body = "0800 1203616e6e";
    await expectNext(line, pdu(4, 0x0402, 1, body), pdu(4, 0x0402, 1, body), pdu(4, 0x0402, 0, body));
  });

  it("is refused what is not public before it has logged in: in the body, or not at all", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(pdu(3, 0x0301, 1, MESSAGE), pdu(4, 0x0401, 2, "0805"), HEARTBEAT);
    await expectNext(line, pdu(4, 0x0402, 2, "0807"), HEARTBEAT);
    expect(town.counters.errorsOf(ErrorCode.UNAUTHENTICATED)).toBe(2);
  });

  it("is not answered where nothing can carry the error of a backend's handler", async () => {
    const town = await startTown();
    const line = await loggedIn(town);
    line.send(pdu(3, 0x0301, 2, "0803 1002 1801 3205 7468726f77"), pdu(4, 0x0401, 3, "0805"));
    await expectNext(line, pdu(4, 0x0402, 3, "0800 1203616e6e"));
  });

  it("gets the kick's bytes, and then the end", async () => {
    const town = await startTown();
    const line = await loggedIn(town);
    line.send(pdu(3, 0x0301, 2, "0803 1002 1801 3204 6b69636b"));
    expect(await line.last()).toBe(plain("00000014 0001 0000 0001 0107 0000 0000 0800 1000"));
  });

  it("is replaced by its next login: the old connection gets the kick", async () => {
    const town = await startTown();
    const old = await loggedIn(town);
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(pdu(1, 0x0103, 1, LOGIN));
    await expectNext(line, LOGGED_IN);
    expect(await old.last()).toBe(plain(pdu(1, 0x0107, 0, "0800 1000")));
  });

  it("with ids nobody has is not answered, counted, and closed at the strikes", async () => {
    const town = await startTown({ strikes: 3 });
    const line = await HexLine.tcp(town.urls.teamtalk);
    // Of the second the message id alone, and of the third the number without a service, is that of a route.
    line.send(pdu(9, 0x0999, 1), pdu(2, 0x0103, 2, LOGIN), HEARTBEAT);
    await expectNext(line, HEARTBEAT);
    expect(town.counters.errorsOf(ErrorCode.UNKNOWN_MESSAGE)).toBe(2);
    line.send(pdu(0, 2002, 3, "0a0161"));
    expect(await line.last()).toBe(plain(pdu(1, 0x0107, 0, "0800 1000")));
    expect(town.counters.errorsOf(ErrorCode.UNKNOWN_MESSAGE)).toBe(3);
    expect(town.counters.strikeOuts).toBe(1);
    expect(town.counters.closesWith(CloseCode.BAD_TRAFFIC)).toBe(1);
  });
});

describe("time", () => {
  it("is up for a client that never logs in, whatever it says; the kick goes first", async () => {
    const town = await startTown({ helloTimeout: 100 });
    const line = await HexLine.tcp(town.urls.teamtalk);
    line.send(HEARTBEAT);
    expect(await line.last()).toBe(plain(HEARTBEAT) + plain(pdu(1, 0x0107, 0, "0800 1000")));
    expect(town.counters.closesWith(CloseCode.HELLO_TIMEOUT)).toBe(1);
  });
});
