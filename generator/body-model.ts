/** The bodies' part of the model: messages, enums and fields, as the `.proto` files declare them. No logic. */
import type { Position } from "./position.js";

/** Stands where a route names a message, for bodies that are no message but bytes. No message can be called so. */
export const RAW_BODY = "raw()";

export interface ProtoFile {
  /** Relative to the folder of the schema's `protos`, without `.proto`: `chat`, `common/types`. */
  readonly name: string;
  readonly package: string;
  readonly messages: readonly MessageType[];
  readonly enums: readonly EnumType[];
}

/** Nested types stand in the file's flat lists, under their full names. */
export interface MessageType {
  /** `chat.Line`, `chat.Line.Part`: package and outer messages included, without a leading dot. */
  readonly fullName: string;
  /** Without the package: `Line`, `Line.Part`. */
  readonly name: string;
  /** Also those that `extend` adds. */
  readonly fields: readonly MessageField[];
  readonly oneofs: readonly Oneof[];
  /** `keep`: fields that are not declared are written again behind the others. */
  readonly unknownFields: "skip" | "keep";
  readonly reserved: Reserved;
  readonly doc: string;
  readonly position: Position;
}

/** What a message or enum had once, and must not use again. */
export interface Reserved {
  /** First and last number of each range. */
  readonly numbers: readonly (readonly [from: number, to: number])[];
  readonly names: readonly string[];
}

export interface Oneof {
  /** lowerCamelCase */
  readonly name: string;
  readonly doc: string;
}

export interface MessageField {
  /** As in the `.proto` file. */
  readonly protoName: string;
  /** What a program calls it: lowerCamelCase; `[chat.extra]` for an extension. */
  readonly name: string;
  /** What protobuf's JSON calls it: `name`, unless `json_name` says otherwise. */
  readonly jsonName: string;
  readonly number: number;
  readonly type: FieldValueType;
  /** `implicit`: proto3's default, absent means zero. `explicit`: `optional`, messages, members of a oneof. `required`: proto2 only. */
  readonly presence: "implicit" | "explicit" | "required" | "repeated" | "map";
  /** proto2 only: the value of an absent field, where that is not the type's own default. */
  readonly default: FieldDefault | null;
  /** A message between two tags instead of behind a length. */
  readonly group: boolean;
  /** Repeated scalars and enums: how they are written. Both forms are read. */
  readonly packed: boolean;
  /** Index into the message's `oneofs`, or null. */
  readonly oneof: number | null;
  /** Maps only; `type` is then the value's. */
  readonly mapKey: ScalarType | null;
  /** How a 64-bit integer appears in the program. */
  readonly jsType: "bigint" | "number" | "string";
  readonly doc: string;
  readonly position: Position;
}

/** An enum's number. 64-bit integers are decimal, bytes hexadecimal, and `NaN`, `Infinity` and `-Infinity` texts. */
export type FieldDefault = string | number | boolean;

export type ScalarType =
  | "double"
  | "float"
  | "int32"
  | "int64"
  | "uint32"
  | "uint64"
  | "sint32"
  | "sint64"
  | "fixed32"
  | "fixed64"
  | "sfixed32"
  | "sfixed64"
  | "bool"
  | "string"
  | "bytes";

export type FieldValueType =
  | { readonly kind: "scalar"; readonly scalar: ScalarType }
  | { readonly kind: "message"; readonly fullName: string }
  | { readonly kind: "enum"; readonly fullName: string };

export interface EnumType {
  readonly fullName: string;
  readonly name: string;
  /** The first is the default. */
  readonly values: readonly { readonly name: string; readonly number: number; readonly doc: string }[];
  /** proto2's: a number that is none of the values is no value, but an unknown field. */
  readonly closed: boolean;
  readonly reserved: Reserved;
  readonly doc: string;
  readonly position: Position;
}
