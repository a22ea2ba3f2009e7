/** What the numbers in a header mean under a schema: which message an id is, which server type and which error a code. */
import { sameId } from "../generator/message-key.js";
import type { Layout, Model, Protocol } from "../generator/model.js";
import { controlId } from "../generator/targets/protocol-key.js";
import type { AnyBodyCodec } from "../wire/body-codec.js";
import { Failure, Gap, GoAway, Hello, Kick, Ping, Pong, Welcome } from "../wire/control.js";
import { ControlOffset } from "../wire/control-id.js";
import { errorCodeName } from "../wire/error-code.js";

/** Which way a frame goes: up from a client, down to it, or between two servers. */
export type Direction = "up" | "down" | "internal";

/** One way to read a frame. */
export interface NamedLayout {
  /** `main.request`, `main.response`, `internal` */
  readonly name: string;
  readonly layout: Layout;
  readonly direction: Direction;
  /** Null for the internal layout. */
  readonly protocol: Protocol | null;
}

/** What a body is: a message of the schema by its full name, or one of the handshake's own; null when it is empty. */
export type BodyMeaning = { readonly message: string } | { readonly control: AnyBodyCodec } | null;

/** What tells messages apart: the numbers of the protocol's key in its order, or a route's name. */
export type MessageKey = readonly number[] | string;

export interface MessageMeaning {
  /** A route, a push, or a control message's name. */
  readonly name: string;
  /** The `typeId` of the server type whose route it is; 0 for control messages. */
  readonly serverType: number;
  readonly body: BodyMeaning;
}

const CONTROL: Record<"up" | "down", ReadonlyMap<number, AnyBodyCodec>> = {
  up: new Map<number, AnyBodyCodec>([
    [ControlOffset.HELLO, Hello],
    [ControlOffset.PING, Ping],
  ]),
  down: new Map<number, AnyBodyCodec>([
    [ControlOffset.HELLO, Welcome],
    [ControlOffset.PING, Pong],
    [ControlOffset.KICK, Kick],
    [ControlOffset.GO_AWAY, GoAway],
    [ControlOffset.GAP, Gap],
    [ControlOffset.FAILURE, Failure],
  ]),
};

export function namedLayouts(model: Model): NamedLayout[] {
  return [
    ...model.protocols.flatMap((protocol): NamedLayout[] => [
      { name: `${protocol.name}.request`, layout: protocol.request, direction: "up", protocol },
      { name: `${protocol.name}.response`, layout: protocol.response, direction: "down", protocol },
    ]),
    { name: "internal", layout: model.internal, direction: "internal", protocol: null },
  ];
}

/** What a message with this key is. Null when the schema has no such message. */
export function meaningOf(
  model: Model,
  { direction, protocol }: NamedLayout,
  key: MessageKey,
  errorCode: number,
): MessageMeaning | null {
  if (direction !== "internal" && typeof key !== "string") {
    const control = protocol!.control.kind === "handshake" ? ours(protocol!, direction, key) : theirs(protocol!, key);
    if (control !== null) return control;
  }
  const failed = direction === "down" && errorCode !== 0;
  for (const candidate of messagesWith(model, key)) {
    const message = direction === "down" ? candidate.down : candidate.up;
    const body = failed ? { control: Failure } : message !== null ? { message } : null;
    if (body !== null) return { name: candidate.name, serverType: candidate.serverType, body };
  }
  return null;
}

/** A message of the handshake. */
function ours(protocol: Protocol, direction: "up" | "down", key: readonly number[]): MessageMeaning | null {
  const control = CONTROL[direction].get(controlId(protocol) - key.at(-1)!);
  if (control === undefined || key.slice(0, -1).some((part) => part !== 0)) return null;
  return { name: control.name, serverType: 0, body: { control } };
}

/** A control message of somebody else's protocol. */
function theirs({ control }: Protocol, key: readonly number[]): MessageMeaning | null {
  if (control.kind !== "foreign") return null;
  const { heartbeat, kick } = control;
  if (heartbeat !== null && sameId(heartbeat.messageId, key)) return { name: "heartbeat", serverType: 0, body: null };
  if (kick === null || !sameId(kick.messageId, key)) return null;
  return { name: "kick", serverType: 0, body: { message: kick.message } };
}

/** What travels under a key in either direction: a route's request and reply, or a push. */
function messagesWith(model: Model, key: MessageKey) {
  const is = (id: readonly number[], ...names: string[]) =>
    typeof key === "string" ? names.includes(key) : sameId(id, key);
  return model.servers.flatMap(({ typeId: serverType, groups, pushes }) => [
    ...groups
      .flatMap(({ handlers }) => handlers)
      .flatMap(({ route: name, messageId, replyId, request, response }) => [
        ...(is(messageId, name) ? [{ name, serverType, up: request, down: null }] : []),
        ...(is(replyId, name) ? [{ name, serverType, up: null, down: response }] : []),
      ]),
    ...pushes
      .filter(({ messageId, route, name }) => is(messageId, route, name))
      .map(({ route, message }) => ({ name: route, serverType, up: null, down: message })),
  ]);
}

export function serverTypeName(model: Model, typeId: number): string | null {
  return model.servers.find((server) => server.typeId === typeId)?.name ?? null;
}

export function errorName(model: Model, code: number): string | null {
  return errorCodeName(code) ?? model.errors.find((error) => error.code === code)?.name ?? null;
}
