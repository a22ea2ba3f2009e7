/** A client of pomelo's messages: routes by name and by code, four kinds, and answers that carry an id and no route. */
import { describe, expect, it } from "vitest";
import { ErrorCode } from "../../../wire/error-code.js";
import { HexLine, hexOf, number, plain } from "./hex-line.js";
import { startTown, type Town } from "./town.js";

const KIND = { request: 0, notify: 1, response: 2, push: 3 };

/** A package of type 4. `head` is what the message says in front of its body. */
function data(flag: number, head: string, body: unknown): string {
  const rest = number(flag, 1) + head + (body === undefined ? "" : hexOf(JSON.stringify(body)));
  return `04${number(rest.length / 2, 3)}${rest}`;
}

const text = (route: string) => number(Buffer.byteLength(route), 1) + hexOf(route);
const request = (id: number, route: string, body: unknown) =>
  data(KIND.request << 1, number(id, 1) + text(route), body);
const requestByCode = (id: number, code: number, body: unknown) =>
  data((KIND.request << 1) | 1, number(id, 1) + number(code, 2), body);
const notify = (route: string, body: unknown) => data(KIND.notify << 1, text(route), body);
const response = (id: number, body: unknown) => data(KIND.response << 1, number(id, 1), body);
const push = (route: string, body: unknown) => data(KIND.push << 1, text(route), body);

async function expectNext(line: HexLine, ...frames: readonly string[]): Promise<void> {
  const expected = frames.join("");
  expect(await line.take(expected)).toBe(plain(expected));
}

async function entered(town: Town, name: string): Promise<HexLine> {
  const line = await HexLine.webSocket(town.urls.pomelo);
  line.send(request(1, "connector.door.enter", { name, room: "square" }));
  await expectNext(line, response(1, {}));
  line.send(request(2, "room.talk.join", {}));
  await expectNext(line, response(2, {}));
  return line;
}

describe("a client of pomelo's messages", () => {
  it("asks by name or by code, on the connector and behind it, and is answered by id", async () => {
    const town = await startTown();
    const line = await entered(town, "ann");
    line.send(request(3, "connector.door.echo", { text: "by name" }), requestByCode(4, 2002, { text: "by code" }));
    await expectNext(line, response(3, { text: "by name - -" }), response(4, { text: "by code - -" }));
    const bob = await entered(town, "bob");
    bob.send(requestByCode(5, 3002, { text: "hi" }));
    await expectNext(line, push("room.onLine", { from: "bob", text: "hi" }));
    // Longer ids are varints, and come back as such.
    line.send(data(0, `ac02${text("connector.door.echo")}`, { text: "300" }));
    await expectNext(line, data(KIND.response << 1, "ac02", { text: "300 - -" }));
  });

  it("tells without an answer, and everybody hears it by the push's name", async () => {
    const town = await startTown();
    const [ann, bob] = [await entered(town, "ann"), await entered(town, "bob")];
    ann.send(notify("room.talk.shout", { text: "ho" }));
    await expectNext(bob, push("room.onLine", { from: "ann", text: "HO" }));
    await expectNext(ann, push("room.onLine", { from: "ann", text: "HO" }));
  });

  it("learns of a failure in the body, where the route says how, and not at all where it does not", async () => {
    const town = await startTown();
    const line = await HexLine.webSocket(town.urls.pomelo);
    line.send(request(1, "connector.door.secret", { text: "?" }));
    await expectNext(line, response(1, { code: ErrorCode.UNAUTHENTICATED }));
    line.send(request(2, "room.talk.join", {}), request(3, "connector.door.echo", { text: "!" }));
    await expectNext(line, response(3, { text: "! - -" }));
  });

  it("is bad traffic when it names no route, the wrong kind, or something every object has", async () => {
    const town = await startTown({ strikes: 5 });
    const line = await HexLine.webSocket(town.urls.pomelo);
    for (const frame of [
      request(1, "room.talk.nothing", {}),
      request(2, "constructor", {}),
      request(3, "__proto__", {}),
      notify("connector.door.echo", { text: "a request is no notify" }),
    ]) {
      line.send(frame);
    }
    line.send(request(4, "connector.door.echo", { text: "still here" }));
    await expectNext(line, response(4, { text: "still here - -" }));
    line.send(requestByCode(5, 9999, {}));
    expect(await line.last()).toBe("");
    expect(town.counters.strikeOuts).toBe(1);
  });
});
