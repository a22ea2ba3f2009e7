/** A protocol's message key as the one number that tables and frames carry. */
import { highestKeyPart } from "../message-key.js";
import type { Protocol } from "../model.js";

/** `[2001]` -> 2001; of `[service, messageId]` the service is the upper 16 bits. */
export function keyNumber(key: readonly number[]): number {
  return key.reduce((number, part) => number * 65_536 + part, 0);
}

/** The highest message id that both layouts can carry: Hello's, and Welcome's (`wire/control-id.ts`). Of a pair, under service 0. */
export function controlId(protocol: Protocol): number {
  const highest = [protocol.request, protocol.response].map((layout) => highestKeyPart(layout, protocol, "messageId"));
  return Math.min(...highest);
}
