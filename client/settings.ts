/** A connection's options, checked and completed. */
import type { Timing } from "../wire/timing.js";
import type { Dial } from "./client-socket.js";
import { askGate } from "./locate.js";
import type { ConnectOptions, Locate } from "./options.js";
import { platformTiming } from "./platform-timing.js";
import { dialWebSocket, type WebSocketConstructor } from "./web-socket.js";

export interface Settings {
  readonly locate: Locate;
  readonly uid: string;
  readonly ticket: string;
  readonly dial: Dial;
  readonly timing: Timing;
  /** Null: each route's own deadline and a grace. */
  readonly requestTimeout: number | null;
  readonly handshakeTimeout: number;
  readonly connectTimeout: number;
  readonly firstDelay: number;
  readonly longestDelay: number;
  readonly onError: ((error: Error) => void) | null;
}

const DAY = 86_400_000;
const HOUR = 3_600_000;

const KNOWN: readonly (keyof ConnectOptions)[] = [
  "gate",
  "url",
  "locate",
  "uid",
  "ticket",
  "webSocket",
  "dial",
  "timing",
  "requestTimeout",
  "handshakeTimeout",
  "connectTimeout",
  "backoff",
  "signal",
  "onError",
];

/** Throws a `TypeError` or `RangeError` that names the option, its value, and what it may be. */
export function checkOptions(options: ConnectOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!(KNOWN as readonly string[]).includes(name)) {
      throw new TypeError(`there is no option ${name}; the options are ${KNOWN.join(", ")}`);
    }
  }
  const firstDelay = milliseconds("backoff.first", options.backoff?.first ?? 1_000, 10, HOUR);
  return {
    locate: chooseLocate(options),
    uid: text("uid", options.uid ?? ""),
    ticket: text("ticket", options.ticket ?? ""),
    dial: options.dial ?? dialWebSocket(chooseWebSocket(options)),
    timing: options.timing ?? platformTiming,
    requestTimeout:
      options.requestTimeout === undefined ? null : checkTimeout("requestTimeout", options.requestTimeout),
    handshakeTimeout: milliseconds("handshakeTimeout", options.handshakeTimeout ?? 10_000, 100, 600_000),
    connectTimeout: milliseconds("connectTimeout", options.connectTimeout ?? 10_000, 0, DAY),
    firstDelay,
    longestDelay: milliseconds(
      "backoff.longest",
      options.backoff?.longest ?? Math.max(30_000, firstDelay),
      firstDelay,
      HOUR,
    ),
    onError: options.onError ?? null,
  };
}

/** A bound on a call's duration in milliseconds. */
export function checkTimeout(option: string, value: number): number {
  return milliseconds(option, value, 10, DAY);
}

function chooseLocate({ gate, url, locate, dial, uid = "" }: ConnectOptions): Locate {
  const given = [gate, url, locate].filter((value) => value !== undefined).length;
  if (given !== 1)
    throw new TypeError(`exactly one of the options gate, url and locate says where to connect; ${given} were given`);
  if (locate !== undefined) return locate;
  if (url !== undefined) {
    const address = dial === undefined ? checkAddress("url", url, ["ws:", "wss:"]) : text("url", url);
    return () => address;
  }
  const address = checkAddress("gate", gate, ["http:", "https:"]);
  return ({ signal }) => askGate(address, uid, signal);
}

/** The address as it was given; throws when it is none, or speaks another protocol. */
function checkAddress(option: string, value: unknown, protocols: readonly string[]): string {
  const expected = protocols.map((protocol) => `${protocol}//host:port`).join(" or ");
  let protocol: string | null = null;
  try {
    protocol = new URL(text(option, value)).protocol;
  } catch {}
  if (protocol === null || !protocols.includes(protocol)) {
    throw new TypeError(`${option} is ${JSON.stringify(value)}: it must be an address ${expected}`);
  }
  return value as string;
}

function chooseWebSocket(options: ConnectOptions): WebSocketConstructor {
  const chosen = options.webSocket ?? (globalThis as { WebSocket?: WebSocketConstructor }).WebSocket;
  if (chosen === undefined) {
    throw new TypeError(
      'there is no global WebSocket here (Node.js has one from version 22): install "ws" and pass the option webSocket: (await import("ws")).WebSocket',
    );
  }
  if (typeof chosen !== "function") {
    throw new TypeError(`option webSocket is ${String(chosen)}: it must be a WebSocket constructor`);
  }
  return chosen;
}

function text(option: string, value: unknown): string {
  if (typeof value !== "string") throw new TypeError(`option ${option} is ${String(value)}: it must be a string`);
  return value;
}

function milliseconds(option: string, value: unknown, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `option ${option} is ${String(value)}: it must be a whole number of milliseconds from ${least} to ${most}`,
    );
  }
  return value;
}
