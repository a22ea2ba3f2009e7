import { describe, expect, it } from "vitest";
import { HexLine, hexOf, number, plain } from "./hex-line.js";
import { startTown, type Town } from "./town.js";

const label = (text: string) => number(text.length, 1) + hexOf(text);
/** A string field 1. */
const text = (said: string) => `0a${label(said)}`;

function request(messageId: number, sequence: number, zone: number, device: string, body: string): string {
  const rest = number(messageId, 2) + number(sequence, 4) + number(zone, 2) + label(device) + plain(body);
  return number(2 + rest.length / 2, 2) + rest;
}

function response(
  messageId: number,
  sequence: number,
  fields: readonly [number, number, string],
  body: string,
): string {
  const [cost, tag, note] = fields;
  const fixed = [number(messageId, 2), number(sequence, 4), "0000", number(cost, 4), number(tag, 1)].join("");
  const rest = fixed + label(note);
  return number(2 + rest.length / 2 + plain(body).length / 2, 2) + rest + plain(body);
}

const UNSET = [5, 0, ""] as const;
const HELLO = 65_535;

/** A client that has said Hello, and Welcome's layout behind it. */
async function greeted(town: Town): Promise<HexLine> {
  const line = await HexLine.webSocket(town.urls.labelled);
  // Hello with version 1.
  line.send(request(HELLO, 1, 0, "", "1001"));
  const length = Number.parseInt(await line.take("0000"), 16);
  const header = response(HELLO, 1, UNSET, "").slice(4);
  expect(await line.take(header)).toBe(header);
  await line.take("00".repeat(length - 2 - header.length / 2));
  return line;
}

async function expectNext(line: HexLine, ...frames: readonly string[]): Promise<void> {
  const expected = frames.map(plain).join("");
  expect(await line.take(expected)).toBe(expected);
}

describe("fields of the application's own", () => {
  it("reach a handler on the connector, and its answer's reach the client, and no answer after it", async () => {
    const town = await startTown();
    const line = await greeted(town);
    line.send(request(2002, 2, 513, "phone", text("hi")));
    await expectNext(line, response(2002, 2, [70_000, 3, "to hi"], text("hi 513 phone")));
    line.send(request(2002, 3, 0, "", text("!")));
    await expectNext(line, response(2002, 3, UNSET, text("! 0 ")));
  });

  it("reach a backend's handler, and its answer's reach the client, and no answer or push after it", async () => {
    const town = await startTown();
    const line = await greeted(town);
    line.send(request(2001, 2, 0, "", `${text("bo")}12${label("square")}`));
    await expectNext(line, response(2001, 2, UNSET, ""));
    line.send(request(3001, 3, 0, "", ""));
    await expectNext(line, response(3001, 3, UNSET, ""));
    line.send(request(3002, 4, 65_535, "tablet", text("yo")));
    const push = (sequence: number, said: string) => response(3101, sequence, UNSET, `${text("bo")}12${label(said)}`);
    // The handler publishes before it answers, and runs where the channel has its home.
    await expectNext(line, push(1, "yo"), response(3002, 4, [80_000, 4, "said yo"], text("yo 65535 tablet")));
    line.send(request(3002, 5, 1, "", text("!")));
    await expectNext(line, push(2, "!"), response(3002, 5, UNSET, text("! 1 ")));
  });

  it("of one session do not leak into another's answer", async () => {
    const town = await startTown();
    const [line, other] = [await greeted(town), await greeted(town)];
    line.send(request(2002, 2, 7, "a", text("x")));
    other.send(request(2002, 2, 8, "b", text("!")));
    await expectNext(line, response(2002, 2, [70_000, 3, "to x"], text("x 7 a")));
    await expectNext(other, response(2002, 2, UNSET, text("! 8 b")));
  });

  it("that do not fit the answer make it INTERNAL, on the connector and on a backend, and the next answer is whole", async () => {
    const town = await startTown();
    const line = await greeted(town);
    line.send(request(2001, 2, 0, "", `${text("bo")}12${label("square")}`));
    await expectNext(line, response(2001, 2, UNSET, ""));
    // 300 letters; the note has room for 255.
    const long = `0aac02${hexOf("x".repeat(300))}`;
    for (const [index, messageId] of [2002, 3002].entries()) {
      line.send(request(messageId, 3 + 2 * index, 0, "", long));
      const size = Number.parseInt(await line.take("0000"), 16);
      const header = plain(`${number(messageId, 2)} 0000000${3 + 2 * index} 0014 00000005 00 00`);
      expect(await line.take(header)).toBe(header);
      await line.take("00".repeat(size - 2 - header.length / 2));
      line.send(request(2002, 4 + 2 * index, 0, "", text("!")));
      await expectNext(line, response(2002, 4 + 2 * index, UNSET, text("! 0 ")));
    }
  });

  it("are not there for a client whose protocol has none; what is set on its answer goes nowhere", async () => {
    const town = await startTown();
    const line = await HexLine.tcp(town.urls.lines);
    line.send(hexOf('%2002/7/{"text":"hi"}$\n'));
    await expectNext(line, hexOf('%2002/7/0/{"text":"hi - -"}$\n'));
  });
});
