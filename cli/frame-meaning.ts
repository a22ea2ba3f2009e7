/** What the numbers in a header mean under a schema: which message an id is, which server type and which error a code. */
import { fieldOf, highestValue } from "../generator/layout-size.js";
import type { Layout, Model, Protocol } from "../generator/model.js";
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

/** What a body is: a message of the schema by its full name, or one of the handshake's own. */
export type BodyMeaning = { readonly message: string } | { readonly control: AnyBodyCodec };

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

/** The id of Hello and Welcome: the highest number of the message id's range. */
export const controlIdOf = (layout: Layout) => highestValue(fieldOf(layout, "messageId"));

/** What a message with this key is; `key` is in the order of the protocol's. Null when the schema has no such message. */
export function meaningOf(
  model: Model,
  { direction, layout }: NamedLayout,
  key: readonly number[],
  errorCode: number,
): MessageMeaning | null {
  if (direction !== "internal") {
    const control = CONTROL[direction].get(controlIdOf(layout) - key.at(-1)!);
    const outer = key.slice(0, -1);
    if (control !== undefined && outer.every((part) => part === 0)) {
      return { name: control.name, serverType: 0, body: { control } };
    }
  }
  const failed = direction === "down" && errorCode !== 0;
  for (const candidate of messagesWith(model, key)) {
    const message = direction === "down" ? candidate.down : candidate.up;
    const body = failed ? { control: Failure } : message !== null ? { message } : null;
    if (body !== null) return { name: candidate.name, serverType: candidate.serverType, body };
  }
  return null;
}

/** What travels under a key in either direction: a route's request and reply, or a push. */
function messagesWith(model: Model, key: readonly number[]) {
  const matches = (id: readonly number[]) => id.length === key.length && id.every((part, index) => part === key[index]);
  return model.servers.flatMap(({ typeId: serverType, groups, pushes }) => [
    ...groups
      .flatMap(({ handlers }) => handlers)
      .filter(({ messageId }) => matches(messageId))
      .map(({ route, request, response }) => ({ name: route, serverType, up: request, down: response })),
    ...pushes
      .filter(({ messageId }) => matches(messageId))
      .map(({ route, message }) => ({ name: route, serverType, up: null, down: message })),
  ]);
}

export function serverTypeName(model: Model, typeId: number): string | null {
  return model.servers.find((server) => server.typeId === typeId)?.name ?? null;
}

export function errorName(model: Model, code: number): string | null {
  return errorCodeName(code) ?? model.errors.find((error) => error.code === code)?.name ?? null;
}
