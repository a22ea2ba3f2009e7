/** What the functions return that a layout is written with: fields, bits, roles. `definition.ts` passes these types on. */
import type { ByteOrder, ChecksumAlgorithm, ChecksumCoverage, FieldType, MessageKinds } from "../model.js";
import type { Definition } from "./site.js";

export interface FieldOptions extends PresenceOptions {
  /** This field's byte order where it differs from the layout's. */
  readonly byteOrder?: ByteOrder;
  /** What a number of the application's own is as long as nobody sets it. 0 unless given. */
  readonly initial?: number;
}

export interface PresenceOptions {
  /**
   * The field is there only when earlier fields, by their names, have one of these values: `{ kind: 2 }`, `{ kind: [0, 2] }`,
   * `{ kind: { not: 3 } }`. All of them must. What is absent reads as 0 or empty.
   */
  readonly when?: Readonly<Record<string, ExpectedValues>>;
}

export type ExpectedValues = number | readonly number[] | { readonly not: number | readonly number[] };

/** Roles whose value is a number in a header object. */
export type NumberRole =
  | "length"
  | "sequence"
  | "messageId"
  | "service"
  | "kind"
  | "route"
  | "serverType"
  | "compressed"
  | "encrypted"
  | "errorCode"
  | "flags"
  | "version"
  | "source"
  | "target"
  | "checksum";

/** Roles whose value a header object holds as two halves of 32 bits. */
export type WideRole = "timestamp" | UserRole;

export type UserRole = "userId" | "roleId";

export type TextRole = "clientIp" | "route";

/** Roles that some bits of a byte may have. */
export type BitsRole = Exclude<NumberRole, "length" | "sequence" | "errorCode" | "checksum" | "route">;

export interface RoleDefinition<Name extends string = string> extends Definition<"role"> {
  readonly name: Name;
  readonly algorithm?: ChecksumAlgorithm;
  readonly values?: MessageKinds;
  readonly options?: LengthOptions | ChecksumOptions;
}

export interface LengthOptions {
  /** What the number counts: the whole `frame`, the `rest` after this field, or the `body` alone. `frame` unless given. */
  readonly counts?: "frame" | "rest" | "body";
  /** Added to what is counted before it is written, for protocols that count from elsewhere. 0 unless given. */
  readonly offset?: number;
}

export interface ChecksumOptions {
  /**
   * `body` (the default), the `rest` behind the checksum, or the `header` or the whole `frame` with the checksum itself read as zero.
   */
  readonly over?: ChecksumCoverage;
}

export interface ConstantDefinition extends Definition<"constant"> {
  readonly value: number;
  readonly options?: ConstantOptions;
}

export interface ConstantOptions {
  /** `check` (the default): another value is BAD_FRAME. `ignore`: it is written, and not looked at when read. */
  readonly onRead?: "check" | "ignore";
}

export interface ReservedDefinition extends Definition<"reserved"> {}

/** How wide a field is, before its meaning is applied. */
export type FieldForm = Exclude<FieldType, { kind: "bits" | "constant" | "reserved" }>;

export interface FieldDefinition extends Definition<"field"> {
  /** The function that made it: `u16`. */
  readonly name: string;
  readonly form: FieldForm;
  readonly meaning?: RoleDefinition | ConstantDefinition | ReservedDefinition;
  readonly options?: FieldOptions;
}

/** Some bits of a group. */
export interface BitDefinition extends Definition<"bit"> {
  readonly width: number;
  readonly meaning?: RoleDefinition | ConstantDefinition | ReservedDefinition;
  readonly options?: BitOptions;
}

export interface BitOptions {
  /** The lowest of the field's bits, counted from the group's lowest, 0. Where the field before it ends unless given. */
  readonly at?: number;
  /** What a number of the application's own is as long as nobody sets it. 0 unless given. */
  readonly initial?: number;
}

export interface BitsDefinition extends Definition<"bits"> {
  readonly options: BitsOptions;
  readonly fields: Readonly<Record<string, BitDefinition>>;
}

export interface BitsOptions extends PresenceOptions {
  /** Whether the first field has the group's `highest` bits (unless given) or its `lowest`. */
  readonly first?: "highest" | "lowest";
  /** Of a group of several bytes, where it differs from the layout's. */
  readonly byteOrder?: ByteOrder;
}

export interface LayoutOptions {
  /** Of every field that does not say otherwise. `big` unless given. */
  readonly byteOrder?: ByteOrder;
  /** Text that every frame begins with. */
  readonly start?: string;
  /** Text behind every body. Where no field has the role `length`, it is what tells that a frame is over. */
  readonly end?: string;
}

export interface LayoutDefinition extends Definition<"layout"> {
  readonly options: LayoutOptions;
  readonly fields: Readonly<Record<string, FieldDefinition | BitsDefinition>>;
}
