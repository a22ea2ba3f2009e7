/** The model's types of protocols, layouts and their fields. `model.ts` passes them on. */
import type { Position } from "./position.js";

export interface Protocol {
  readonly name: string;
  readonly request: Layout;
  readonly response: Layout;
  /** How bodies are written. */
  readonly body: "protobuf" | "json" | "raw";
  /** The roles that make up a message's key, outermost first. */
  readonly key: readonly KeyPart[];
  readonly control: HandshakeControl | ForeignControl;
  readonly sequence: SequenceRules;
  readonly doc: string;
  readonly position: Position;
}

export type KeyPart = "messageId" | "service" | "route";

export interface SequenceRules {
  /** What pushes carry: the session's push counter, or 0. */
  readonly push: "count" | 0;
  /** Whether a request that comes twice runs once and is answered twice. */
  readonly deduplicate: boolean;
}

/** Our own control messages, at the topmost ids of the key's range. Times in milliseconds. */
export interface HandshakeControl {
  readonly kind: "handshake";
  readonly heartbeat: number;
  readonly timeout: number;
}

/** What a protocol that is not ours has instead. */
export interface ForeignControl {
  readonly kind: "foreign";
  /** Milliseconds of silence after which a client is closed; 0 for never. */
  readonly timeout: number;
  /** The message by which a client says that it is there; the same goes back. */
  readonly heartbeat: { readonly messageId: readonly number[]; readonly position: Position } | null;
  /** The message that tells a client why it is closed. */
  readonly kick: {
    readonly messageId: readonly number[];
    readonly message: string;
    readonly position: Position;
  } | null;
  /** The route that a client calls first. */
  readonly login: string | null;
}

export type ByteOrder = "big" | "little";

export interface Layout {
  readonly name: string;
  /** Text that every frame begins with, and text that stands behind every body; "" for none. */
  readonly start: string;
  readonly end: string;
  /** In the order they stand in. Those of one group of bits follow one another. */
  readonly fields: readonly LayoutField[];
  readonly position: Position;
}

export interface LayoutField {
  /** The name the schema gives it. */
  readonly name: string;
  /** What a header object calls it: the role's canonical name when it has a role, else `name`. */
  readonly property: string;
  readonly type: FieldType;
  readonly byteOrder: ByteOrder;
  readonly role: Role | null;
  /** The field is there when all of these hold; always when there are none. */
  readonly when: readonly Condition[];
  /** What a header object has in it as long as nobody sets it. */
  readonly initial: number;
  readonly doc: string;
  readonly position: Position;
}

/** What an earlier field must say. */
export interface Condition {
  /** The other field's name in the schema. */
  readonly field: string;
  readonly values: readonly number[];
  /** Whether it must have none of the values, instead of one. */
  readonly not: boolean;
}

export type FieldType =
  | { readonly kind: "integer"; readonly signed: boolean; readonly bits: 8 | 16 | 24 | 32 | 64 }
  | { readonly kind: "float"; readonly bits: 32 | 64 }
  /** Base 128, unsigned: 7 bits a byte, the lowest first. */
  | { readonly kind: "varint"; readonly bits: 32 }
  /** Some bits of a group of whole bytes. */
  | {
      readonly kind: "bits";
      readonly bits: number;
      /** How many bits of the group are below them. */
      readonly shift: number;
      readonly holds: "value" | "reserved" | { readonly constant: number; readonly onRead: "check" | "ignore" };
      readonly group: BitGroup;
    }
  /** One visible ASCII character; its value is the character's code. */
  | { readonly kind: "char" }
  /** A whole number as decimal digits up to a delimiter. */
  | { readonly kind: "decimal"; readonly delimiter: string }
  /** Text up to a delimiter, of at most `most` bytes. */
  | { readonly kind: "until"; readonly delimiter: string; readonly most: number }
  | { readonly kind: "bytes"; readonly size: number }
  /** Text in a fixed size; what it leaves is filled with the byte `pad`. */
  | { readonly kind: "text"; readonly size: number; readonly pad: number }
  | { readonly kind: "prefixedText"; readonly prefix: 8 | 16 | 32 }
  | { readonly kind: "prefixedBytes"; readonly prefix: 8 | 16 | 32 }
  | {
      readonly kind: "constant";
      readonly bits: 8 | 16 | 24 | 32;
      readonly value: number;
      readonly onRead: "check" | "ignore";
    }
  | { readonly kind: "reserved"; readonly size: number };

/** Whole bytes that several fields share. */
export interface BitGroup {
  /** What the schema calls it. */
  readonly name: string;
  /** 8, 16, 24 or 32. */
  readonly bits: number;
  /** Whether the field is the group's first, and its last. */
  readonly first: boolean;
  readonly last: boolean;
}

/** What a header field means to the runtime. The names are also the properties of header objects. */
export type Role =
  | { readonly kind: "length"; readonly counts: "frame" | "rest" | "body"; readonly offset: number }
  | {
      readonly kind: "checksum";
      readonly algorithm: ChecksumAlgorithm;
      readonly over: ChecksumCoverage;
    }
  | { readonly kind: "kind"; readonly values: MessageKinds }
  | { readonly kind: SimpleRole };

export type ChecksumAlgorithm = "crc32" | "crc32c" | "adler32" | "crc16-ccitt";

/**
 * `body`: the body's bytes. `rest`: everything behind the checksum. `header`, and `frame`, header and body: with the checksum itself
 * read as zero.
 */
export type ChecksumCoverage = "body" | "rest" | "header" | "frame";

/** The numbers by which a protocol tells frames that ask, tell, answer and push. */
export interface MessageKinds {
  readonly request: number;
  readonly notify: number;
  readonly response: number;
  readonly push: number;
}

export type SimpleRole =
  | "sequence"
  | "timestamp"
  | "messageId"
  | "service"
  | "route"
  | "serverType"
  | "compressed"
  | "encrypted"
  | "errorCode"
  | "flags"
  | "version"
  | "source"
  | "target"
  | "userId"
  | "roleId"
  | "clientIp";
