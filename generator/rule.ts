/** What a rule is: one thing that can be wrong with a schema whose every part has the right shape. */
import type { ReservedNumbers } from "./load/read-schema.js";
import type { RouteFacts } from "./load/read-server.js";
import type { Sources } from "./load/sources.js";
import type { LockedRoute } from "./lock.js";
import type {
  Diagnostic,
  EnumType,
  Group,
  Handler,
  Layout,
  Lock,
  MessageType,
  Model,
  Position,
  Protocol,
  Push,
  Remote,
  Schedule,
  ServerType,
} from "./model.js";

export interface Rule {
  /** What a diagnostic is filed under: the file's name. */
  readonly id: string;
  /** What must hold, for people. */
  readonly checks: string;
  check(context: RuleContext): Iterable<Omit<Diagnostic, "rule">>;
}

export interface RuleContext {
  /** May refer to what does not exist: that is what rules find. */
  readonly model: Model;
  /** False when something of the definition at `position` was left out because of its shape. What seems to be missing may be just that. */
  isWhole(position: Position): boolean;
  readonly sources: Sources;
  readonly handlers: readonly PlacedHandler[];
  readonly remotes: readonly PlacedRemote[];
  readonly schedules: readonly PlacedSchedule[];
  readonly pushes: readonly PlacedPush[];
  readonly routeFacts: readonly RouteFacts[];
  /** Messages that the schema says keep unknown fields. */
  readonly keeping: readonly string[];
  readonly messages: ReadonlyMap<string, MessageType>;
  readonly enums: ReadonlyMap<string, EnumType>;
  /** Whether the type may be declared in a `.proto` file that was not found or did not parse. */
  mayBeLost(type: string): boolean;
  /** Where the parts of the `.proto` files stand that the model does not place. */
  readonly numberPositions: ReadonlyMap<string, Position>;
  /** The lock file as it was; null when there is none. */
  readonly lock: Lock | null;
  readonly lockedRoutes: readonly LockedRoute[];
  readonly reserved: ReservedNumbers;
}

export interface PlacedHandler extends Handler {
  readonly server: ServerType;
  readonly group: Group;
}

export interface PlacedRemote extends Remote {
  readonly server: ServerType;
  readonly group: Group;
}

export interface PlacedSchedule extends Schedule {
  readonly server: ServerType;
  readonly group: Group;
}

export interface PlacedPush extends Push {
  readonly server: ServerType;
}

/** A layout with what diagnostics call it. */
export interface NamedLayout {
  readonly what: string;
  readonly layout: Layout;
  /** Null for the layout between servers. */
  readonly protocol: Protocol | null;
}

export function layoutsOf({ protocols, internal }: Model): NamedLayout[] {
  return [
    ...protocols.flatMap((protocol): NamedLayout[] => [
      { what: `request layout of ${protocol.name}`, layout: protocol.request, protocol },
      { what: `response layout of ${protocol.name}`, layout: protocol.response, protocol },
    ]),
    { what: "internal layout", layout: internal, protocol: null },
  ];
}

/**
 * The same without the layouts that were named before: requests and responses of one or several protocols may have the same, whose
 * faults are to be told once.
 */
export function distinctLayoutsOf(model: Model): NamedLayout[] {
  const seen = new Set<string>();
  return layoutsOf(model).filter(({ layout: { position } }) => {
    const key = `${position.file}:${position.line}:${position.column}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Which argument of the call that makes it a route's part is. */
export const ARGUMENT = {
  id: 0,
  request: { options: 3, request: 1, response: 2 },
  notify: { options: 2, request: 1 },
  push: { options: 2, message: 1 },
  rpc: { options: 2, request: 0, response: 1 },
} as const;

/** A message key as a diagnostic shows it: `2001`, `id(7, 1793)`. */
export function showKey(messageId: readonly number[]): string {
  return messageId.length === 1 ? String(messageId[0]) : `id(${messageId.join(", ")})`;
}
