/**
 * What other programs rely on: a schema's WIRE and ROUTE facts, as plain JSON. The schema hash is made of them, and the lock file
 * keeps them, so that the next schema can be compared with this one when this one is gone.
 *
 * What is absent or has its default is left out. A newer generator that knows more options then says the same of an old schema.
 */

export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

export type Table<T> = Readonly<Record<string, T>>;

export interface Facts {
  readonly protocols: Table<ProtocolFacts>;
  readonly internal: LayoutFacts;
  /** The message that holds a session's data. */
  readonly session: string | null;
  readonly servers: Table<ServerFacts>;
  readonly routes: Table<RouteFacts>;
  readonly errors: Table<number>;
  /** Those that the routes and the session's data use, by full name. */
  readonly messages: Table<MessageFacts>;
  readonly enums: Table<EnumFacts>;
}

/** Besides the two layouts, whatever the protocol says of its frames: how bodies are written, its key, its control messages. */
export interface ProtocolFacts extends JsonObject {
  readonly request: LayoutFacts;
  readonly response: LayoutFacts;
}

export interface LayoutFacts extends JsonObject {
  /** In the order in which they stand on the wire, without their names. */
  readonly fields: readonly JsonObject[];
}

export interface ServerFacts {
  readonly kind: string;
  readonly typeId: number;
  /** `sessionData(room)`; absent where nothing is routed. */
  readonly routeBy?: string | undefined;
}

/** Besides these, whatever a kind of route says of its frames. */
export interface RouteFacts extends JsonObject {
  readonly kind: RouteKind;
  /** Absent of remotes. */
  readonly id?: readonly number[] | undefined;
  /** Of an answer that has an id of its own. */
  readonly reply?: readonly number[] | undefined;
  /** The number between servers. */
  readonly link: number;
  /** A handler's or remote's request, or a push's message. */
  readonly message: string;
  readonly response?: string | undefined;
  readonly public?: true | undefined;
  /** Where no header field says so: the number of the response's field that carries an error's code, or `silent`. */
  readonly failure?: number | "silent" | undefined;
}

export type RouteKind = "request" | "notify" | "push" | "rpc";

export interface MessageFacts {
  /** By number. */
  readonly fields: Table<FieldFacts>;
  readonly reserved?: ReservedFacts | undefined;
}

export interface FieldFacts {
  readonly name: string;
  /** A scalar type, or the full name of a message or enum. */
  readonly type: string;
  /** Absent of a field that is neither optional nor several. */
  readonly presence?: string | undefined;
  /** The oneof it belongs to. */
  readonly oneof?: string | undefined;
  /** Of a map: the type of its keys; `type` is then the values'. */
  readonly key?: string | undefined;
  /** A message between two tags instead of behind a length. */
  readonly group?: true | undefined;
  /** What bodies in JSON call it; absent where no protocol writes such bodies. */
  readonly json?: string | undefined;
}

export interface EnumFacts {
  /** Numbers by name. */
  readonly values: Table<number>;
  /** A number that is none of the values is an unknown field. */
  readonly closed?: true | undefined;
  readonly reserved?: ReservedFacts | undefined;
}

export interface ReservedFacts {
  /** First and last of each range. */
  readonly numbers?: readonly (readonly [from: number, to: number])[] | undefined;
  readonly names?: readonly string[] | undefined;
}
