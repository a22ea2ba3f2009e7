import { describe, expect, it } from "vitest";
import { freeNumber } from "../../../runtime/operate/supervisor-place.js";

const own = (...servers: string[]) =>
  servers.map((text) => {
    const [id, state] = text.split(" ") as [string, string];
    const [type, number] = id.split("-") as [string, string];
    return { id, type, number: Number(number), state };
  });

describe("the number of one more server", () => {
  it("is above all that the topology has, that are alive, or that pause here", () => {
    expect(freeNumber("chat", { count: 2, there: [], own: [] })).toBe(3);
    expect(freeNumber("chat", { count: 2, there: ["chat-1", "chat-5", "gate-9"], own: [] })).toBe(6);
    expect(freeNumber("chat", { count: 0, there: [], own: own("chat-1 ready", "chat-7 pausing") })).toBe(8);
    expect(freeNumber("chat", { count: 0, there: [], own: [] })).toBe(1);
  });

  it("is one that has ended here, unless somebody has it", () => {
    const ended = own("chat-1 ready", "chat-2 stopped", "chat-3 given", "gate-1 stopped");
    expect(freeNumber("chat", { count: 3, there: ["chat-1"], own: ended })).toBe(2);
    expect(freeNumber("chat", { count: 3, there: ["chat-1", "chat-2"], own: ended })).toBe(4);
  });
});
