import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { Connection, type ConnectOptions } from "../../client/index.js";
import { checkOptions } from "../../client/settings.js";
import { description } from "./article-protocol.js";

const url = "ws://127.0.0.1:1/";
const fine: ConnectOptions = { url, webSocket: WebSocket };

describe("options", () => {
  it("have defaults", () => {
    expect(checkOptions(fine)).toMatchObject({
      uid: "",
      ticket: "",
      requestTimeout: null,
      handshakeTimeout: 10_000,
      connectTimeout: 10_000,
      firstDelay: 1000,
      longestDelay: 30_000,
      onError: null,
    });
    expect(checkOptions({ ...fine, backoff: { first: 60_000 } }).longestDelay).toBe(60_000);
  });

  it.each<[ConnectOptions, string]>([
    [{ webSocket: WebSocket }, "exactly one of the options gate, url and locate says where to connect; 0 were given"],
    [
      { ...fine, gate: "http://g" },
      "exactly one of the options gate, url and locate says where to connect; 2 were given",
    ],
    [{ ...fine, url: "http://c/" }, 'url is "http://c/": it must be an address ws://host:port or wss://host:port'],
    [{ ...fine, url: "nonsense" }, 'url is "nonsense": it must be an address ws://host:port or wss://host:port'],
    [
      { gate: "ws://g/", webSocket: WebSocket },
      'gate is "ws://g/": it must be an address http://host:port or https://host:port',
    ],
    [
      { ...fine, requestTimeout: 9 },
      "option requestTimeout is 9: it must be a whole number of milliseconds from 10 to 86400000",
    ],
    [{ ...fine, requestTimeout: Number.NaN }, "option requestTimeout is NaN"],
    [
      { ...fine, handshakeTimeout: 1.5 },
      "option handshakeTimeout is 1.5: it must be a whole number of milliseconds from 100 to 600000",
    ],
    [
      { ...fine, connectTimeout: -1 },
      "option connectTimeout is -1: it must be a whole number of milliseconds from 0 to 86400000",
    ],
    [
      { ...fine, backoff: { first: 1 } },
      "option backoff.first is 1: it must be a whole number of milliseconds from 10 to 3600000",
    ],
    [
      { ...fine, backoff: { longest: 999 } },
      "option backoff.longest is 999: it must be a whole number of milliseconds from 1000 to 3600000",
    ],
    [{ ...fine, uid: 7 as unknown as string }, "option uid is 7: it must be a string"],
    [
      { ...fine, webSocket: {} as unknown as typeof WebSocket },
      "option webSocket is [object Object]: it must be a WebSocket constructor",
    ],
    [{ ...fine, timeOut: 5 } as ConnectOptions, "there is no option timeOut; the options are gate, url, locate, uid,"],
  ])("%o are refused", async (options, message) => {
    await expect(Connection.open(description, options)).rejects.toThrow(message);
  });

  it("need a WebSocket where the platform has none", () => {
    const { WebSocket: native } = globalThis;
    try {
      Reflect.deleteProperty(globalThis, "WebSocket");
      expect(() => checkOptions({ url })).toThrow(
        'there is no global WebSocket here (Node.js has one from version 22): install "ws" and pass the option webSocket: (await import("ws")).WebSocket',
      );
      expect(() => checkOptions({ url: "memory:connector-1", dial: () => expect.unreachable() })).not.toThrow();
      Object.assign(globalThis, { WebSocket });
      expect(() => checkOptions({ url })).not.toThrow();
    } finally {
      Object.assign(globalThis, { WebSocket: native });
      if (native === undefined) Reflect.deleteProperty(globalThis, "WebSocket");
    }
  });
});
