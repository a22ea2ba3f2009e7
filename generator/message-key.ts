/** Which protocols a message's id is for: those whose key has as many parts. */
import { highestValue } from "./layout-size.js";
import type { KeyPart, Layout, Model, Protocol } from "./model.js";

/** Whether a protocol's frames can say this id. By the route's name they all can, which takes ids of one part as codes. */
export function carries(protocol: Protocol, messageId: readonly number[]): boolean {
  return protocol.key.length === messageId.length;
}

export function sameId(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}

export function protocolsOf({ protocols }: Model, messageId: readonly number[]): readonly Protocol[] {
  return protocols.filter((protocol) => carries(protocol, messageId));
}

/** The highest number that a layout's field for a part of the key holds; 0 without one. Of a pair, both are 16 bits at most. */
export function highestKeyPart(layout: Layout, { key }: Protocol, part: KeyPart): number {
  // A route by name has no number; one by code has the message id's.
  const field = layout.fields.find(
    ({ role, property }) => role?.kind === part && (part !== "route" || property === "messageId"),
  );
  const highest = highestValue(field);
  return key.length === 2 ? Math.min(highest, 0xffff) : highest;
}
