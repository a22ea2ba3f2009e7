/**
 * Messages as JSON, as protobuf maps them: lowerCamelCase names, 64-bit integers as decimal strings, bytes as base64, enums by name.
 * Reading is strict, because what it reads was typed by hand. A raw body is its bytes in base64.
 */

import {
  type EnumType,
  type FieldValueType,
  type MessageField,
  type MessageType,
  type Model,
  RAW_BODY,
  type ScalarType,
} from "../generator/model.js";
import { isSpecial } from "../generator/print/typescript/json-special.js";
import type { AnyBodyCodec } from "../wire/body-codec.js";
import { BodyError } from "../wire/body-error.js";
import { copiedBytes } from "../wire/copy-bytes.js";
import { didYouMean } from "../wire/did-you-mean.js";
import { Slab } from "../wire/slab.js";
import { CommandError } from "./command-error.js";
import { LiveCodecs } from "./live-codecs.js";

type Json = unknown;

/** How a body is written on the wire. */
export type Encoding = "protobuf" | "json";

export class MessageJson {
  readonly #codecs: LiveCodecs;
  readonly #messages = new Map<string, MessageType>();
  readonly #enums = new Map<string, EnumType>();

  constructor(model: Model) {
    this.#codecs = new LiveCodecs(model);
    for (const file of model.protoFiles) {
      for (const message of file.messages) this.#messages.set(message.fullName, message);
      for (const type of file.enums) this.#enums.set(type.fullName, type);
    }
  }

  /** The bytes of a message. Throws `CommandError` naming the field, the value and what is expected. */
  encode(fullName: string, json: Json, encoding: Encoding = "protobuf"): Uint8Array {
    if (fullName === RAW_BODY) {
      checkScalar("bytes", json, "a raw body");
      return Buffer.from(json as string, "base64");
    }
    this.#message(fullName, json, fullName);
    try {
      const message = read(this.#codecs.json(fullName), Buffer.from(JSON.stringify(json)));
      return written(this.#codecs[encoding](fullName), message);
    } catch (error) {
      throw error instanceof BodyError ? new CommandError(error.message) : error;
    }
  }

  /** The message as plain JSON data: what has no presence stands there with its default, absent fields do not. Throws when the bytes are no such message. */
  decode(fullName: string, bytes: Uint8Array, encoding: Encoding = "protobuf"): Json {
    if (fullName === RAW_BODY) return Buffer.from(bytes).toString("base64");
    const message = read(this.#codecs[encoding](fullName), bytes);
    const json = JSON.parse(Buffer.from(written(this.#codecs.json(fullName), message)).toString("utf8"));
    return this.#withDefaults(fullName, json);
  }

  #withDefaults(fullName: string, json: Json): Json {
    if (isSpecial(fullName) || !isObject(json)) return json;
    const entries = this.#messages.get(fullName)!.fields.flatMap((field): [string, Json][] => {
      const value = json[field.jsonName] ?? this.#defaultOf(field);
      if (value === undefined) return [];
      if (field.type.kind !== "message") return [[field.jsonName, value]];
      const { fullName: inner } = field.type;
      const each = (item: Json) => this.#withDefaults(inner, item);
      if (field.presence === "repeated") return [[field.jsonName, (value as Json[]).map(each)]];
      if (field.presence !== "map") return [[field.jsonName, each(value)]];
      const items = Object.entries(value as Record<string, Json>).map(([key, item]) => [key, each(item)]);
      return [[field.jsonName, Object.fromEntries(items)]];
    });
    return Object.fromEntries(entries);
  }

  #defaultOf({ presence, type }: MessageField): Json {
    if (presence === "repeated") return [];
    if (presence === "map") return {};
    if (presence !== "implicit" || type.kind === "message") return undefined;
    if (type.kind === "enum") {
      const first = this.#enums.get(type.fullName)!.values[0];
      return type.fullName === "google.protobuf.NullValue" ? null : (first?.name ?? 0);
    }
    if (type.scalar === "bool") return false;
    if (type.scalar === "string" || type.scalar === "bytes") return "";
    return type.scalar.endsWith("64") ? "0" : 0;
  }

  #message(fullName: string, json: Json, path: string): void {
    if (isSpecial(fullName)) return;
    const message = this.#messages.get(fullName)!;
    if (!isObject(json)) throw mismatch(path, json, `an object, the message ${fullName}`);
    const fields = new Map<string, MessageField>();
    for (const field of message.fields) fields.set(field.protoName, field).set(field.jsonName, field);
    const chosen = new Map<number, string>();
    for (const [name, value] of Object.entries(json)) {
      const field = fields.get(name);
      if (field === undefined) {
        const names = message.fields.map((each) => each.jsonName);
        const known = names.length === 0 ? "It has no fields." : `It has ${names.join(", ")}.`;
        const hint = didYouMean(name, names);
        throw new CommandError(`${path} has no field "${name}"${hint === null ? "." : `; ${hint}`} ${known}`);
      }
      if (value === null) continue;
      if (field.oneof !== null) {
        const other = chosen.get(field.oneof);
        if (other !== undefined) {
          const oneof = message.oneofs[field.oneof]!.name;
          throw new CommandError(`${path} has both ${other} and ${field.name}: the oneof ${oneof} holds one of them`);
        }
        chosen.set(field.oneof, field.name);
      }
      this.#field(field, value, `${path}.${field.name}`);
    }
  }

  #field(field: MessageField, json: Json, path: string): void {
    if (field.presence === "repeated") {
      if (!Array.isArray(json)) throw mismatch(path, json, "an array");
      json.forEach((item, index) => {
        this.#value(field.type, item, `${path}[${index}]`);
      });
      return;
    }
    if (field.presence !== "map") {
      this.#value(field.type, json, path);
      return;
    }
    if (!isObject(json)) throw mismatch(path, json, "an object, the map's keys and values");
    for (const [key, value] of Object.entries(json)) {
      checkMapKey(field.mapKey!, key, path);
      this.#value(field.type, value, `${path}["${key}"]`);
    }
  }

  #value(type: FieldValueType, json: Json, path: string): void {
    if (type.kind === "message") this.#message(type.fullName, json, path);
    else if (type.kind === "enum") this.#enum(type.fullName, json, path);
    else checkScalar(type.scalar, json, path);
  }

  #enum(fullName: string, json: Json, path: string): void {
    const type = this.#enums.get(fullName)!;
    if (typeof json === "number") {
      checkInteger("int32", json, path);
      return;
    }
    const names = type.values.map((value) => value.name);
    if (names.some((name) => name === json)) return;
    const hint = typeof json === "string" ? didYouMean(json, names) : null;
    throw mismatch(path, json, `a value of ${fullName} (${names.join(", ")})${hint === null ? "" : `; ${hint}`}`);
  }
}

function read(codec: AnyBodyCodec, bytes: Uint8Array): unknown {
  const slab = new Slab(Math.max(1, bytes.length));
  slab.bytes.set(bytes);
  slab.length = bytes.length;
  return codec.decode(slab, 0, bytes.length);
}

function written(codec: AnyBodyCodec, message: unknown): Uint8Array {
  const slab = new Slab(256);
  codec.encode(message, slab);
  return copiedBytes(slab.bytes, 0, slab.length);
}

const INTEGER_BOUNDS: Partial<Record<ScalarType, readonly [bigint, bigint]>> = {
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  sint32: [-(2n ** 31n), 2n ** 31n - 1n],
  sfixed32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  fixed32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  sint64: [-(2n ** 63n), 2n ** 63n - 1n],
  sfixed64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  fixed64: [0n, 2n ** 64n - 1n],
};

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

function checkScalar(scalar: ScalarType, json: Json, path: string): void {
  switch (scalar) {
    case "bool":
      if (typeof json !== "boolean") throw mismatch(path, json, "true or false");
      return;
    case "string":
      if (typeof json !== "string") throw mismatch(path, json, "a string");
      return;
    case "bytes":
      if (typeof json !== "string" || !BASE64.test(json)) throw mismatch(path, json, "bytes in base64");
      return;
    case "double":
    case "float":
      if (typeof json === "number" || json === "NaN" || json === "Infinity" || json === "-Infinity") return;
      throw mismatch(path, json, 'a number, "NaN", "Infinity" or "-Infinity"');
    default:
      checkInteger(scalar, json, path);
  }
}

function checkInteger(scalar: ScalarType, json: Json, path: string): void {
  const [least, most] = INTEGER_BOUNDS[scalar]!;
  const expected = `a whole number from ${least} to ${most}`;
  const written = typeof json === "string" && /^-?\d+$/.test(json);
  if (!written && !Number.isSafeInteger(json)) {
    const hint =
      typeof json === "number" && Number.isInteger(json) ? ' (beyond 2^53: write it as a string, "...")' : "";
    throw mismatch(path, json, expected + hint);
  }
  const value = BigInt(json as string | number);
  if (value < least || value > most) throw mismatch(path, json, expected);
}

function checkMapKey(scalar: ScalarType, key: string, path: string): void {
  if (scalar === "string") return;
  if (scalar !== "bool") checkInteger(scalar, key, `${path}'s key`);
  else if (key !== "true" && key !== "false") throw mismatch(`${path}'s key`, key, '"true" or "false"');
}

const isObject = (json: Json): json is Record<string, Json> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

function mismatch(path: string, json: Json, expected: string): CommandError {
  const text = JSON.stringify(json) ?? String(json);
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new CommandError(`${path} is ${shown}, and should be ${expected}`);
}
