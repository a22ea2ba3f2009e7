/**
 * The schema after loading and resolving: complete, immutable, plain data that survives JSON. Every rule and every emitter
 * reads this and nothing else. No logic lives here.
 */

/** Where something was written. `file` is relative to the project's root, with forward slashes; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface Model {
  readonly name: string;
  readonly version: number;
  /** The oldest schema version whose clients are let in. At most `version`. */
  readonly oldestClient: number;
  /** 16 hexadecimal digits: the first 8 bytes of SHA-256 over the canonical JSON of the wire and route facts. */
  readonly schemaHash: string;
  readonly protocols: readonly Protocol[];
  readonly internal: Layout;
  /** Full name of the message that holds a session's typed data; null when the schema declares none. */
  readonly session: string | null;
  readonly servers: readonly ServerType[];
  readonly errors: readonly ErrorDefinition[];
  readonly protoFiles: readonly ProtoFile[];
  readonly lock: Lock;
  readonly position: Position;
}

// ---- Protocols and layouts

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

// ---- Server types and routes

export type ServerKind = "gate" | "connector" | "backend";

export interface ServerType {
  readonly name: string;
  readonly kind: ServerKind;
  /** The number that stands for the type in headers; unique, 1 to 65535. */
  readonly typeId: number;
  /** How a client's request or a remote call finds its server; null for frontends, and for backends that need none. */
  readonly routeBy: RoutingRule | null;
  /** Gates only: how a connector is chosen for a client. */
  readonly choose: "hash" | "leastLoaded" | "roundRobin" | null;
  /** Gates only: the connector type it chooses from. */
  readonly connectorType: string | null;
  readonly groups: readonly Group[];
  readonly pushes: readonly Push[];
  readonly doc: string;
  readonly position: Position;
}

/** The handlers and remotes that one user class implements: `app/<serverType>/<group>.ts`. */
export interface Group {
  readonly name: string;
  readonly handlers: readonly Handler[];
  readonly remotes: readonly Remote[];
}

/** Code that answers a client's route. */
export interface Handler {
  readonly kind: "request" | "notify";
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  readonly method: string;
  /** One number for each part of a protocol's key. */
  readonly messageId: readonly number[];
  /** The answer's; the request's own unless the schema says otherwise. */
  readonly replyId: readonly number[];
  /**
   * In protocols without a field for it: what of the response carries an error's code. `silent`: the client is not told. Null when
   * the schema does not say.
   */
  readonly failure: { readonly field: string; readonly position: Position } | "silent" | null;
  /** Never changes and never means another route: the route's number between servers, from the lock file. */
  readonly linkId: number;
  /** Full names of messages, or `RAW_BODY`. `response` is null for a notify. */
  readonly request: string;
  readonly response: string | null;
  readonly public: boolean;
  /** Milliseconds until the caller is answered TIMEOUT. */
  readonly timeout: number;
  readonly rate: Rate | null;
  /** Bound on the body's length in bytes. */
  readonly maxBytes: number;
  readonly order: "session" | "route" | "none";
  readonly doc: string;
  readonly position: Position;
}

/** A token bucket per session and route. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
  /** What happens over the rate: an answer RATE_LIMITED, or nothing at all (notifies only). */
  readonly over: "answer" | "drop";
}

export interface Remote {
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  readonly method: string;
  readonly linkId: number;
  readonly request: string;
  readonly response: string;
  readonly timeout: number;
  readonly doc: string;
  readonly position: Position;
}

export interface Push {
  /** `<serverType>.<name>` */
  readonly route: string;
  readonly name: string;
  readonly messageId: readonly number[];
  readonly linkId: number;
  readonly message: string;
  readonly overflow: "close" | "drop" | "latest";
  readonly doc: string;
  readonly position: Position;
}

export type RoutingRule =
  | { readonly kind: "uid"; readonly position: Position }
  | { readonly kind: "sessionData"; readonly field: string; readonly position: Position }
  | { readonly kind: "messageField"; readonly field: string; readonly position: Position }
  /** The session's field holds a server's id; never rehashed. */
  | { readonly kind: "server"; readonly field: string; readonly position: Position }
  | { readonly kind: "leastLoaded"; readonly position: Position }
  | { readonly kind: "roundRobin"; readonly position: Position };

export interface ErrorDefinition {
  readonly name: string;
  /** 1000 to 65535. */
  readonly code: number;
  readonly doc: string;
  readonly position: Position;
}

// ---- Bodies

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

// ---- The lock file

/** `schema/ids.lock.json`: every id ever used and what it meant. Written by `generate`, committed, never edited. */
export interface Lock {
  readonly format: 1;
  /** Per direction, key (`"2001"`, `"7,1793"`) to the route it has always meant. */
  readonly messages: {
    readonly up: Readonly<Record<string, string>>;
    readonly down: Readonly<Record<string, string>>;
  };
  /** Route to its number between servers: handlers, pushes and remotes, from 1. */
  readonly links: Readonly<Record<string, number>>;
  /** Schema hashes this schema is compatible with, newest first; the first is its own. */
  readonly lineage: readonly string[];
  /** Route to the schema version it began in. */
  readonly since: Readonly<Record<string, number>>;
}

// ---- Diagnostics

/** One problem in a schema. Printers turn it into text, JSON or annotations. */
export interface Diagnostic {
  readonly rule: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  readonly position: Position;
}
