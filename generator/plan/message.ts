/**
 * How a message becomes bytes and back, in no particular language: its fields in the order they are written, each with its tag
 * and the way its value is encoded. Printers turn this into straight-line code.
 */
import type { MessageField, MessageType, ProtoFile, ScalarType } from "../model.js";

/** How deep messages may be nested in themselves before they are refused. */
export const DEEPEST_NESTING = 64;

export interface MessagePlan {
  /** `chat.Line.Part` */
  readonly fullName: string;
  /** Ascending by number: the order they are written in. */
  readonly fields: readonly FieldPlan[];
  readonly oneofs: readonly OneofPlan[];
  /** The message can contain itself, or one that does: its nesting is counted. */
  readonly recursive: boolean;
  /** The message is somewhere a singular field, and so may arrive in pieces that are merged. */
  readonly merges: boolean;
}

export interface OneofPlan {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly FieldPlan[];
}

export interface FieldPlan {
  readonly name: string;
  readonly number: number;
  readonly doc: string;
  /** What errors call it: `chat.Line.text`. */
  readonly path: string;
  /** `plain`: absent means the default. `optional`: absent is a state of its own. */
  readonly shape: "plain" | "optional" | "repeated" | "map" | "oneof";
  /** Repeated only: one run of values behind one tag, when written. */
  readonly packed: boolean;
  /** The tag of one value (for maps: of one entry) as a number: `number << 3 | wire type`. */
  readonly tag: number;
  /** The tag of a packed run, for repeated values that can be packed; else null. Both are read. */
  readonly packedTag: number | null;
  readonly value: ValuePlan;
  /** Maps only: the key, which has the number 1 in an entry; the value has 2. */
  readonly key: ValuePlan | null;
  readonly oneof: number | null;
}

export type WireType = 0 | 1 | 2 | 5;

export interface ValuePlan {
  readonly kind: ScalarType | "enum" | "message";
  readonly wireType: WireType;
  /** Bytes of the longest value; null where the value decides (strings, bytes, messages). */
  readonly maximum: number | null;
  /** Enums and messages. */
  readonly fullName: string | null;
  /** 64-bit integers: how they appear in the program. */
  readonly appearsAs: "bigint" | "number" | "string";
}

interface Files {
  readonly protoFiles: readonly ProtoFile[];
}

/** Plans one message. `model` gives the messages its fields may refer to. */
export function planMessage(message: MessageType, model: Files): MessagePlan {
  const fields = message.fields.map((field) => planField(message, field)).sort((a, b) => a.number - b.number);
  return {
    fullName: message.fullName,
    fields,
    oneofs: message.oneofs.map(({ name, doc }, index) => ({
      name,
      doc,
      fields: fields.filter((field) => field.oneof === index),
    })),
    ...factsOf(model).get(message.fullName)!,
  };
}

function planField(message: MessageType, field: MessageField): FieldPlan {
  const value = planValue(field);
  const map = field.presence === "map";
  const canBePacked = field.presence === "repeated" && value.wireType !== 2;
  return {
    name: field.name,
    number: field.number,
    doc: field.doc,
    path: `${message.fullName}.${field.name}`,
    shape: shapeOf(field),
    packed: field.packed && canBePacked,
    tag: tagOf(field.number, map ? 2 : value.wireType),
    packedTag: canBePacked ? tagOf(field.number, 2) : null,
    value,
    key: map && field.mapKey !== null ? scalarPlan(field.mapKey, field.jsType) : null,
    oneof: field.oneof,
  };
}

function shapeOf(field: MessageField): FieldPlan["shape"] {
  if (field.oneof !== null) return "oneof";
  if (field.presence === "repeated" || field.presence === "map") return field.presence;
  return field.presence === "explicit" || field.type.kind === "message" ? "optional" : "plain";
}

/** Field numbers go up to 2^29 - 1: shifting would make a signed number of the highest ones. */
export function tagOf(number: number, wireType: WireType): number {
  return number * 8 + wireType;
}

function planValue(field: MessageField): ValuePlan {
  switch (field.type.kind) {
    case "scalar":
      return scalarPlan(field.type.scalar, field.jsType);
    case "enum":
      return { kind: "enum", wireType: 0, maximum: 10, fullName: field.type.fullName, appearsAs: "number" };
    case "message":
      return { kind: "message", wireType: 2, maximum: null, fullName: field.type.fullName, appearsAs: "number" };
  }
}

const SCALARS: Readonly<Record<ScalarType, readonly [WireType, number | null]>> = {
  double: [1, 8],
  float: [5, 4],
  int32: [0, 10],
  int64: [0, 10],
  uint32: [0, 5],
  uint64: [0, 10],
  sint32: [0, 5],
  sint64: [0, 10],
  fixed32: [5, 4],
  fixed64: [1, 8],
  sfixed32: [5, 4],
  sfixed64: [1, 8],
  bool: [0, 1],
  string: [2, null],
  bytes: [2, null],
};

function scalarPlan(scalar: ScalarType, jsType: MessageField["jsType"]): ValuePlan {
  const [wireType, maximum] = SCALARS[scalar];
  return { kind: scalar, wireType, maximum, fullName: null, appearsAs: jsType };
}

type Facts = Pick<MessagePlan, "recursive" | "merges">;

/** What can only be said of a message with all others in sight; found once for all. */
const known = new WeakMap<readonly ProtoFile[], Map<string, Facts>>();

function factsOf({ protoFiles }: Files): Map<string, Facts> {
  let facts = known.get(protoFiles);
  if (facts === undefined) {
    facts = findFacts(protoFiles.flatMap(({ messages }) => messages));
    known.set(protoFiles, facts);
  }
  return facts;
}

function findFacts(messages: readonly MessageType[]): Map<string, Facts> {
  const references = new Map(messages.map((message) => [message.fullName, referencesOf(message)]));
  const reachable = new Map(messages.map(({ fullName }) => [fullName, reachableFrom(fullName, references)]));
  const inCircle = new Set(messages.map(({ fullName }) => fullName).filter((name) => reachable.get(name)!.has(name)));
  const singular = new Set(
    messages.flatMap(({ fields }) =>
      fields.flatMap(({ type, presence }) =>
        type.kind === "message" && presence !== "repeated" ? [type.fullName] : [],
      ),
    ),
  );
  return new Map(
    messages.map(({ fullName }) => {
      const recursive = inCircle.has(fullName) || [...reachable.get(fullName)!].some((name) => inCircle.has(name));
      return [fullName, { recursive, merges: singular.has(fullName) }];
    }),
  );
}

function referencesOf({ fields }: MessageType): string[] {
  return fields.flatMap(({ type }) => (type.kind === "message" ? [type.fullName] : []));
}

/** The messages that can be reached by at least one reference. */
function reachableFrom(start: string, references: ReadonlyMap<string, readonly string[]>): Set<string> {
  const found = new Set<string>();
  const waiting = [start];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    for (const next of references.get(name) ?? []) {
      if (found.has(next)) continue;
      found.add(next);
      waiting.push(next);
    }
  }
  return found;
}
