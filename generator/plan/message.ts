/**
 * How a message becomes bytes and back, in no particular language: its fields in the order they are written, each with its tag
 * and the way its value is encoded. Printers turn this into straight-line code.
 */
import type { EnumType, FieldDefault, MessageField, MessageType, ProtoFile, ScalarType } from "../model.js";

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
  /** It has required fields, or a message it holds has: what was read is checked when all of it is. */
  readonly requires: boolean;
  /** It requires itself: there cannot be one. */
  readonly endless: boolean;
  /** Fields that are not declared are kept, and written again behind the others. */
  readonly keepsUnknown: boolean;
}

export interface OneofPlan {
  readonly name: string;
  readonly doc: string;
  readonly fields: readonly FieldPlan[];
}

export interface FieldPlan {
  readonly name: string;
  /** Its keys in JSON: the one it is written under, and where that is another one, the name in the `.proto` file. */
  readonly jsonNames: readonly string[];
  readonly number: number;
  readonly doc: string;
  /** What errors call it: `chat.Line.text`. */
  readonly path: string;
  /** `plain`: absent means the default. `optional`: absent is a state of its own. `required`: absent is an error. */
  readonly shape: "plain" | "optional" | "required" | "repeated" | "map" | "oneof";
  /** What an absent field stands for, where that is not its type's default. */
  readonly default: FieldDefault | null;
  /** Repeated only: one run of values behind one tag, when written. */
  readonly packed: boolean;
  /** The tag of one value (for maps: of one entry) as a number: `number << 3 | wire type`. The tag that ends a group is one more. */
  readonly tag: number;
  /** The tag of a packed run, for repeated values that can be packed; else null. Both are read. */
  readonly packedTag: number | null;
  readonly value: ValuePlan;
  /** Maps only: the key, which has the number 1 in an entry; the value has 2. */
  readonly key: ValuePlan | null;
  readonly oneof: number | null;
}

/** 3 is a group: a message that ends with a tag instead of beginning with a length. */
export type WireType = 0 | 1 | 2 | 3 | 5;

export interface ValuePlan {
  readonly kind: ScalarType | "enum" | "message";
  readonly wireType: WireType;
  /** Bytes of the longest value; null where the value decides (strings, bytes, messages). */
  readonly maximum: number | null;
  /** Enums and messages. */
  readonly fullName: string | null;
  /** 64-bit integers: how they appear in the program. */
  readonly appearsAs: "bigint" | "number" | "string";
  /** Enums: the number an absent value stands for. */
  readonly zero: number;
  /** Enums: a number that is none of its values is an unknown field. */
  readonly closed: boolean;
}

interface Files {
  readonly protoFiles: readonly ProtoFile[];
}

/** Plans one message. `model` gives the messages its fields may refer to. */
export function planMessage(message: MessageType, model: Files): MessagePlan {
  const { enums, facts } = knowledgeOf(model);
  const fields = message.fields.map((field) => planField(message, field, enums)).sort((a, b) => a.number - b.number);
  return {
    fullName: message.fullName,
    fields,
    oneofs: message.oneofs.map(({ name, doc }, index) => ({
      name,
      doc,
      fields: fields.filter((field) => field.oneof === index),
    })),
    keepsUnknown: message.unknownFields === "keep",
    ...facts.get(message.fullName)!,
  };
}

function planField(message: MessageType, field: MessageField, enums: ReadonlyMap<string, EnumType>): FieldPlan {
  const value = planValue(field, enums);
  const map = field.presence === "map";
  const canBePacked = field.presence === "repeated" && value.kind !== "message" && value.wireType !== 2;
  return {
    name: field.name,
    jsonNames: [...new Set([field.jsonName, field.protoName])],
    number: field.number,
    doc: field.doc,
    path: `${message.fullName}.${field.name}`,
    shape: shapeOf(field),
    default: field.default,
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
  if (field.presence !== "implicit" && field.presence !== "explicit") return field.presence;
  return field.presence === "explicit" || field.type.kind === "message" ? "optional" : "plain";
}

/** Field numbers go up to 2^29 - 1: shifting would make a signed number of the highest ones. */
export function tagOf(number: number, wireType: WireType): number {
  return number * 8 + wireType;
}

function planValue(field: MessageField, enums: ReadonlyMap<string, EnumType>): ValuePlan {
  const none = { appearsAs: "number", zero: 0, closed: false } as const;
  switch (field.type.kind) {
    case "scalar":
      return scalarPlan(field.type.scalar, field.jsType);
    case "enum": {
      const { fullName } = field.type;
      const type = enums.get(fullName);
      const zero = type?.values[0]?.number ?? 0;
      return { kind: "enum", wireType: 0, maximum: 10, fullName, ...none, zero, closed: type?.closed ?? false };
    }
    case "message":
      return {
        kind: "message",
        wireType: field.group ? 3 : 2,
        maximum: null,
        fullName: field.type.fullName,
        ...none,
      };
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
  return { kind: scalar, wireType, maximum, fullName: null, appearsAs: jsType, zero: 0, closed: false };
}

type Facts = Pick<MessagePlan, "recursive" | "merges" | "requires" | "endless">;

interface Knowledge {
  readonly facts: ReadonlyMap<string, Facts>;
  readonly enums: ReadonlyMap<string, EnumType>;
}

/** What can only be said of a message with all others in sight; found once for all. */
const known = new WeakMap<readonly ProtoFile[], Knowledge>();

function knowledgeOf({ protoFiles }: Files): Knowledge {
  let knowledge = known.get(protoFiles);
  if (knowledge === undefined) {
    knowledge = {
      facts: findFacts(protoFiles.flatMap(({ messages }) => messages)),
      enums: new Map(protoFiles.flatMap(({ enums }) => enums.map((type) => [type.fullName, type]))),
    };
    known.set(protoFiles, knowledge);
  }
  return knowledge;
}

function findFacts(messages: readonly MessageType[]): Map<string, Facts> {
  const references = new Map(messages.map((message) => [message.fullName, referencesOf(message)]));
  const required = new Map(
    messages.map((message) => [message.fullName, referencesOf(message, ({ presence }) => presence === "required")]),
  );
  const reachable = new Map(messages.map(({ fullName }) => [fullName, reachableFrom(fullName, references)]));
  const inCircle = new Set(messages.map(({ fullName }) => fullName).filter((name) => reachable.get(name)!.has(name)));
  const singular = new Set(
    messages.flatMap(({ fields }) =>
      fields.flatMap(({ type, presence }) =>
        type.kind === "message" && presence !== "repeated" ? [type.fullName] : [],
      ),
    ),
  );
  const requiring = new Set(
    messages
      .filter(({ fields }) => fields.some(({ presence }) => presence === "required"))
      .map((each) => each.fullName),
  );
  return new Map(
    messages.map(({ fullName }) => {
      const held = [...reachable.get(fullName)!];
      const recursive = inCircle.has(fullName) || held.some((name) => inCircle.has(name));
      const requires = requiring.has(fullName) || held.some((name) => requiring.has(name));
      const endless = reachableFrom(fullName, required).has(fullName);
      return [fullName, { recursive, merges: singular.has(fullName), requires, endless }];
    }),
  );
}

function referencesOf({ fields }: MessageType, counts: (field: MessageField) => boolean = () => true): string[] {
  return fields.flatMap((field) => (field.type.kind === "message" && counts(field) ? [field.type.fullName] : []));
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
