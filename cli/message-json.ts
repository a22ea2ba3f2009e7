/**
 * Messages as JSON, as protobuf maps them: lowerCamelCase names, 64-bit integers as decimal strings, bytes as base64, enums by name.
 * Reading is strict, because what it reads was typed by hand.
 */
import type protobuf from "protobufjs";
import { didYouMean } from "../generator/did-you-mean.js";
import type { EnumType, FieldValueType, MessageField, MessageType, Model, ScalarType } from "../generator/model.js";
import { CommandError } from "./command-error.js";
import { messageRoot } from "./message-descriptor.js";

type Json = unknown;

export class MessageJson {
  readonly #root: protobuf.Root;
  readonly #messages = new Map<string, MessageType>();
  readonly #enums = new Map<string, EnumType>();

  constructor(model: Model) {
    this.#root = messageRoot(model);
    for (const file of model.protoFiles) {
      for (const message of file.messages) this.#messages.set(message.fullName, message);
      for (const type of file.enums) this.#enums.set(type.fullName, type);
    }
  }

  /** The bytes of a message. Throws `CommandError` naming the field, the value and what is expected. */
  encode(fullName: string, json: Json): Uint8Array {
    const type = this.#root.lookupType(fullName);
    return type.encode(type.fromObject(this.#message(fullName, json, fullName))).finish();
  }

  /** The message as plain JSON data: scalars at their defaults stand there, absent messages do not. Throws when the bytes are no such message. */
  decode(fullName: string, bytes: Uint8Array): Json {
    const type = this.#root.lookupType(fullName);
    const options = { longs: String, enums: String, bytes: String, defaults: true, json: true };
    const json = JSON.stringify(type.toObject(type.decode(bytes), options), (_key, value) => value ?? undefined);
    return JSON.parse(json);
  }

  #message(fullName: string, json: Json, path: string): Record<string, unknown> {
    const message = this.#messages.get(fullName)!;
    if (!isObject(json)) throw mismatch(path, json, `an object, the message ${fullName}`);
    const fields = new Map<string, MessageField>();
    for (const field of message.fields) fields.set(field.protoName, field).set(field.name, field);
    const result: Record<string, unknown> = Object.create(null);
    const chosen = new Map<number, string>();
    for (const [name, value] of Object.entries(json)) {
      const field = fields.get(name);
      if (field === undefined) {
        const names = message.fields.map((each) => each.name);
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
      result[field.name] = this.#field(field, value, `${path}.${field.name}`);
    }
    return result;
  }

  #field(field: MessageField, json: Json, path: string): unknown {
    if (field.presence === "repeated") {
      if (!Array.isArray(json)) throw mismatch(path, json, "an array");
      return json.map((item, index) => this.#value(field.type, item, `${path}[${index}]`));
    }
    if (field.presence !== "map") return this.#value(field.type, json, path);
    if (!isObject(json)) throw mismatch(path, json, "an object, the map's keys and values");
    const result: Record<string, unknown> = Object.create(null);
    for (const [key, value] of Object.entries(json)) {
      checkMapKey(field.mapKey!, key, path);
      result[key] = this.#value(field.type, value, `${path}["${key}"]`);
    }
    return result;
  }

  #value(type: FieldValueType, json: Json, path: string): unknown {
    switch (type.kind) {
      case "message":
        return this.#message(type.fullName, json, path);
      case "enum":
        return this.#enum(type.fullName, json, path);
      case "scalar":
        return readScalar(type.scalar, json, path);
    }
  }

  #enum(fullName: string, json: Json, path: string): number {
    const type = this.#enums.get(fullName)!;
    if (typeof json === "number") return readScalar("int32", json, path) as number;
    const names = type.values.map((value) => value.name);
    const found = type.values.find((value) => value.name === json);
    if (found !== undefined) return found.number;
    const hint = typeof json === "string" ? didYouMean(json, names) : null;
    throw mismatch(path, json, `a value of ${fullName} (${names.join(", ")})${hint === null ? "" : `; ${hint}`}`);
  }
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

function readScalar(scalar: ScalarType, json: Json, path: string): unknown {
  switch (scalar) {
    case "bool":
      if (typeof json !== "boolean") throw mismatch(path, json, "true or false");
      return json;
    case "string":
      if (typeof json !== "string") throw mismatch(path, json, "a string");
      return json;
    case "bytes":
      if (typeof json !== "string" || !BASE64.test(json)) throw mismatch(path, json, "bytes in base64");
      return Buffer.from(json, "base64");
    case "double":
    case "float":
      if (typeof json === "number") return json;
      if (json === "NaN" || json === "Infinity" || json === "-Infinity") return Number(json);
      throw mismatch(path, json, 'a number, "NaN", "Infinity" or "-Infinity"');
    default:
      return readInteger(scalar, json, path);
  }
}

/** 32 bits come out as a number, 64 bits as a decimal string, which protobufjs takes for either sign. */
function readInteger(scalar: ScalarType, json: Json, path: string): number | string {
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
  return scalar.includes("64") ? value.toString() : Number(value);
}

function checkMapKey(scalar: ScalarType, key: string, path: string): void {
  if (scalar === "string") return;
  if (scalar !== "bool") readInteger(scalar, key, `${path}'s key`);
  else if (key !== "true" && key !== "false") throw mismatch(`${path}'s key`, key, '"true" or "false"');
}

const isObject = (json: Json): json is Record<string, Json> =>
  typeof json === "object" && json !== null && !Array.isArray(json);

function mismatch(path: string, json: Json, expected: string): CommandError {
  const text = JSON.stringify(json) ?? String(json);
  const shown = text.length > 60 ? `${text.slice(0, 57)}...` : text;
  return new CommandError(`${path} is ${shown}, and should be ${expected}`);
}
