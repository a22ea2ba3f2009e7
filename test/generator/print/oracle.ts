/** protobufjs as a judge: random values of any message, their bytes by protobufjs, and what protobufjs makes of ours. */
import fc from "fast-check";
import protobuf from "protobufjs";
import type { EnumType, MessageField, MessageType, ProtoFile, ScalarType } from "../../../generator/model.js";

/** What protobufjs's types leave out of the class it takes 64-bit integers in. */
const Long = protobuf.util.Long as unknown as { fromString(text: string, unsigned: boolean): protobuf.Long };

type Fields = Record<string, unknown>;

/** The messages and enums of some files, and a protobufjs tree of the same sources. */
export class Oracle {
  readonly #messages: Map<string, MessageType>;
  readonly #enums: Map<string, EnumType>;
  readonly #root: protobuf.Root;
  readonly #special: ReadonlyMap<string, (depth: number) => fc.Arbitrary<unknown>>;

  /** `special` makes the values of some messages and enums, by their full names. */
  constructor(
    files: readonly ProtoFile[],
    sources: readonly string[],
    special: ReadonlyMap<string, (depth: number) => fc.Arbitrary<unknown>> = new Map(),
  ) {
    this.#special = special;
    this.#messages = new Map(files.flatMap(({ messages }) => messages.map((message) => [message.fullName, message])));
    this.#enums = new Map(files.flatMap(({ enums }) => enums.map((type) => [type.fullName, type])));
    this.#root = new protobuf.Root();
    for (const source of sources) protobuf.parse(source, this.#root, { keepCase: true });
    this.#root.resolveAll();
  }

  encode(name: string, value: unknown): Uint8Array {
    const type = this.#root.lookupType(name);
    return type.encode(type.create(this.#toOracle(this.#message(name), value as Fields))).finish();
  }

  decode(name: string, bytes: Uint8Array): unknown {
    const decoded = this.#root.lookupType(name).decode(bytes) as unknown as Fields;
    return this.#fromOracle(this.#message(name), decoded);
  }

  /** Random values as our codecs take and give them, nested at most `depth` deep. */
  values(name: string, depth = 3): fc.Arbitrary<unknown> {
    const special = this.#special.get(name);
    if (special !== undefined) return special(depth);
    const message = this.#message(name);
    const parts: Record<string, fc.Arbitrary<unknown>> = {};
    for (const field of message.fields) {
      if (field.oneof === null) parts[field.name] = this.#field(field, depth);
    }
    message.oneofs.forEach((oneof, index) => {
      const members = message.fields.filter((field) => field.oneof === index);
      const usable = members.filter((field) => depth > 0 || field.type.kind !== "message");
      parts[oneof.name] = fc.oneof(
        fc.constant({ case: undefined }),
        ...usable.map((field) => this.#value(field, depth).map((value) => ({ case: field.name, value }))),
      );
    });
    return fc.record(parts);
  }

  #message(name: string): MessageType {
    const message = this.#messages.get(name);
    if (message === undefined) throw new Error(`no message ${name}`);
    return message;
  }

  #field(field: MessageField, depth: number): fc.Arbitrary<unknown> {
    const nested = field.type.kind === "message";
    if (field.presence === "repeated") {
      return nested && depth === 0
        ? fc.constant([])
        : fc.array(this.#value(field, depth), { maxLength: nested ? 3 : 6 });
    }
    if (field.presence === "map") {
      if (nested && depth === 0) return fc.constant(new Map());
      const key = scalar(field.mapKey!, field.jsType);
      return fc.array(fc.tuple(key, this.#value(field, depth)), { maxLength: 4 }).map((entries) => new Map(entries));
    }
    if (field.presence === "implicit") return fc.oneof(fc.constant(zero(field)), this.#value(field, depth));
    if (field.presence === "required") return this.#value(field, depth);
    return nested && depth === 0 ? fc.constant(undefined) : fc.option(this.#value(field, depth), { nil: undefined });
  }

  #value(field: MessageField, depth: number): fc.Arbitrary<unknown> {
    if (field.type.kind === "message") return this.values(field.type.fullName, depth - 1);
    if (field.type.kind === "scalar") return scalar(field.type.scalar, field.jsType);
    const special = this.#special.get(field.type.fullName);
    if (special !== undefined) return special(depth);
    const { values, closed } = this.#enums.get(field.type.fullName)!;
    const known = fc.constantFrom(...values.map(({ number }) => number));
    return closed ? known : fc.oneof(known, fc.integer());
  }

  /** What protobufjs calls a field: groups and extensions in its own way. */
  #nameOf(message: MessageType, field: MessageField): string {
    return this.#root.lookupType(message.fullName).fieldsById[field.number]!.name;
  }

  #toOracle(message: MessageType, value: Fields): Fields {
    const result: Fields = {};
    for (const field of message.fields) {
      const name = this.#nameOf(message, field);
      const given = memberOf(message, field, value);
      if (given === undefined) continue;
      // protobufjs writes a default that is there; canonical proto3 leaves it out.
      if (field.presence === "implicit" && isZero(field, given)) continue;
      if (field.presence === "map") {
        const entries = [...(given as Map<unknown, unknown>)];
        result[name] = Object.fromEntries(
          entries.map(([key, each]) => [mapKey(field.mapKey!, key), this.#valueToOracle(field, each)]),
        );
      } else if (field.presence === "repeated") {
        result[name] = (given as unknown[]).map((each) => this.#valueToOracle(field, each));
      } else result[name] = this.#valueToOracle(field, given);
    }
    return result;
  }

  #valueToOracle(field: MessageField, value: unknown): unknown {
    if (field.type.kind === "message") return this.#toOracle(this.#message(field.type.fullName), value as Fields);
    if (field.type.kind === "scalar" && WIDE.has(field.type.scalar)) {
      return Long.fromString(String(value), UNSIGNED.has(field.type.scalar));
    }
    return value;
  }

  #fromOracle(message: MessageType, value: Fields): Fields {
    const result: Fields = {};
    for (const { name } of message.oneofs) result[name] = { case: undefined };
    for (const field of message.fields) {
      const name = this.#nameOf(message, field);
      const own = Object.hasOwn(value, name) ? value[name] : undefined;
      if (field.oneof !== null) {
        if (own === undefined || own === null) continue;
        result[message.oneofs[field.oneof]!.name] = { case: field.name, value: this.#valueFromOracle(field, own) };
      } else if (field.presence === "map") {
        const entries = Object.entries((own ?? {}) as Fields);
        result[field.name] = new Map(
          entries.map(([key, each]) => [
            fromMapKey(field.mapKey!, key, field.jsType),
            this.#valueFromOracle(field, each),
          ]),
        );
      } else if (field.presence === "repeated") {
        result[field.name] = ((own ?? []) as unknown[]).map((each) => this.#valueFromOracle(field, each));
      } else if (field.presence === "explicit" || field.presence === "required") {
        result[field.name] = own === undefined || own === null ? undefined : this.#valueFromOracle(field, own);
      } else result[field.name] = own === undefined ? zero(field) : this.#valueFromOracle(field, own);
    }
    return result;
  }

  #valueFromOracle(field: MessageField, value: unknown): unknown {
    if (field.type.kind === "message") return this.#fromOracle(this.#message(field.type.fullName), value as Fields);
    if (field.type.kind === "enum") return value;
    if (WIDE.has(field.type.scalar)) return wide(String(value), field.jsType);
    return field.type.scalar === "bytes" ? new Uint8Array(value as Uint8Array) : value;
  }
}

const WIDE = new Set<ScalarType>(["int64", "uint64", "sint64", "fixed64", "sfixed64"]);
const UNSIGNED = new Set<ScalarType>(["uint64", "fixed64"]);

function memberOf(message: MessageType, field: MessageField, value: Fields): unknown {
  if (field.oneof === null) return value[field.name];
  const oneof = value[message.oneofs[field.oneof]!.name] as { case: string | undefined; value?: unknown };
  return oneof.case === field.name ? oneof.value : undefined;
}

function wide(text: string, jsType: MessageField["jsType"]): unknown {
  return jsType === "bigint" ? BigInt(text) : jsType === "number" ? Number(text) : text;
}

export function zero(field: MessageField): unknown {
  if (field.type.kind !== "scalar") return 0;
  const { scalar } = field.type;
  if (WIDE.has(scalar)) return wide("0", field.jsType);
  return scalar === "string" ? "" : scalar === "bytes" ? new Uint8Array(0) : scalar === "bool" ? false : 0;
}

function isZero(field: MessageField, value: unknown): boolean {
  return value instanceof Uint8Array ? value.length === 0 : Object.is(value, zero(field));
}

/** protobufjs keeps maps in objects: 64-bit keys under the eight bytes of the integer. */
function mapKey(type: ScalarType, key: unknown): string {
  if (!WIDE.has(type)) return String(key);
  return protobuf.util.longToHash(Long.fromString(String(key), UNSIGNED.has(type)));
}

function fromMapKey(type: ScalarType, key: string, jsType: MessageField["jsType"]): unknown {
  if (WIDE.has(type)) return wide(String(protobuf.util.longFromHash(key, UNSIGNED.has(type))), jsType);
  return type === "string" ? key : type === "bool" ? key === "true" : Number(key);
}

const wellFormed = fc.string({ unit: "grapheme", maxLength: 40 });

export function scalar(type: ScalarType, jsType: MessageField["jsType"]): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return fc.oneof(
        wellFormed,
        fc.string({ maxLength: 200 }),
        fc.constantFrom("", "__proto__", "constructor", "\ufffd"),
      );
    case "bytes":
      return fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes));
    case "bool":
      return fc.boolean();
    case "float":
      return fc.float();
    case "double":
      return fc.double();
    case "uint32":
    case "fixed32":
      return fc.oneof(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 0xffffffff }),
        fc.constant(0xffffffff),
      );
    case "int32":
    case "sint32":
    case "sfixed32":
      return fc.oneof(fc.integer({ min: -300, max: 300 }), fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1));
    default: {
      const unsigned = UNSIGNED.has(type);
      const most = jsType === "number" ? 2n ** 53n - 1n : unsigned ? 2n ** 64n - 1n : 2n ** 63n - 1n;
      const least = unsigned ? 0n : jsType === "number" ? -most : -(2n ** 63n);
      const small = fc.bigInt({ min: unsigned ? 0n : -300n, max: 300n });
      const any = fc.oneof(small, fc.bigInt({ min: least, max: most }), fc.constantFrom(least, most));
      return any.map((value) => wide(String(value), jsType));
    }
  }
}
