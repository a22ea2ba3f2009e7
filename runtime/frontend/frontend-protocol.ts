/** A protocol as a frontend speaks it: its codecs with the one header of each that they fill again and again, and its routes. */
import { ControlOffset } from "../../wire/control-id.js";
import { Slab } from "../../wire/slab.js";
import type { LayoutCodec, MessageKinds, ProtocolEntry, RequestHeader, ResponseHeader } from "../manifest.js";
import type { ManifestTables, Route } from "../manifest-tables.js";

/** The numbers of a two-part key in one: `service * PAIR + messageId`. A service is 1 or more where other keys have one part. */
export const PAIR = 0x1_0000;

/** Application fields are read and set by name. */
type Fields = Record<string, unknown>;

export class FrontendProtocol {
  readonly entry: ProtocolEntry;
  readonly name: string;
  readonly index: number;
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  readonly requestHeader: RequestHeader;
  readonly responseHeader: ResponseHeader;
  readonly kinds: MessageKinds | null;
  readonly json: boolean;
  /** Milliseconds between two Pings of a client, and of silence after which it is closed; 0 is never. */
  readonly heartbeat: number;
  readonly timeout: number;
  readonly sequenceBytes: number;
  readonly countsPushes: boolean;
  /** A request whose sequence is not after the last one's is refused. */
  readonly ordersRequests: boolean;
  /** The response layout can say that a request failed. */
  readonly carriesErrors: boolean;
  /** Some field of its layouts is the application's own. */
  readonly hasFields: boolean;
  readonly helloId: number;
  readonly pingId: number;
  readonly kickId: number;
  readonly goAwayId: number;
  readonly gapId: number;
  readonly failureId: number;
  private readonly pairs: boolean;
  /** Some protocols have keys of one part, and others of two. */
  private readonly mixed: boolean;
  private readonly tables: ManifestTables;
  private readonly routesByName: ReadonlyMap<string, Route> | null;
  /** With keys that are names: those of answers and of pushes, by message id. A number may be used in both directions. */
  private readonly answerNames: ReadonlyMap<number, string>;
  private readonly pushNames: ReadonlyMap<number, string>;
  private readonly blank: Fields;

  constructor(entry: ProtocolEntry, index: number, tables: ManifestTables) {
    this.entry = entry;
    this.name = entry.name;
    this.index = index;
    this.request = entry.request;
    this.response = entry.response;
    this.requestHeader = entry.request.create();
    this.responseHeader = entry.response.create();
    this.kinds = entry.kinds;
    this.json = entry.body === "json";
    const { control } = entry;
    this.timeout = control.timeout;
    this.sequenceBytes = entry.response.sequenceBytes;
    this.countsPushes = entry.sequence.push === "count" && this.sequenceBytes > 0;
    this.ordersRequests = entry.sequence.deduplicate && entry.request.sequenceBytes > 0;
    this.carriesErrors = writesErrorCode(entry.response);
    this.hasFields = entry.request.fields.length + entry.response.fields.length > 0;
    const handshake = control.kind === "handshake";
    this.heartbeat = handshake ? control.heartbeat : 0;
    // No message has an id below zero: a foreign protocol has none of these.
    const idOf = (offset: number) => (handshake ? control.controlId - offset : -1);
    this.helloId = idOf(ControlOffset.HELLO);
    this.pingId = idOf(ControlOffset.PING);
    this.kickId = idOf(ControlOffset.KICK);
    this.goAwayId = idOf(ControlOffset.GO_AWAY);
    this.gapId = idOf(ControlOffset.GAP);
    this.failureId = idOf(ControlOffset.FAILURE);
    this.pairs = entry.key === "pair";
    this.mixed = tables.manifest.protocols.some(({ key }) => (key === "pair") !== this.pairs);
    this.tables = tables;
    const own = tables.routes.filter(({ handler }) => this.carries(handler.messageId));
    this.routesByName = entry.key === "route" ? new Map(own.map((route) => [route.handler.route, route])) : null;
    const named = entry.key === "route";
    this.answerNames = new Map(named ? own.map(({ handler }) => [handler.messageId, handler.route]) : []);
    this.pushNames = new Map(named ? tables.manifest.pushes.map((push) => [push.messageId, push.route]) : []);
    this.blank = entry.response.create() as unknown as Fields;
  }

  /** The key of a request's header as one number. */
  keyOf(header: RequestHeader): number {
    return this.pairs ? header.service * PAIR + header.messageId : header.messageId;
  }

  /** The route a request is for, if there is one. */
  routeOf(header: RequestHeader): Route | undefined {
    if (this.routesByName !== null && header.route !== "") return this.routesByName.get(header.route);
    const key = this.keyOf(header);
    if (!this.pairs && key < PAIR) return this.tables.routeById[key];
    return this.carries(key) ? this.tables.routeByPair.get(key) : undefined;
  }

  /** Whether frames of this protocol can say this key: keys of two parts are for protocols with two, and the others for the others. */
  carries(key: number): boolean {
    return !this.mixed || this.pairs === key >= PAIR;
  }

  /** Sets the key of an answer or a push in the response header. */
  setKey(key: number, push: boolean): void {
    const { responseHeader: header } = this;
    if (this.routesByName !== null) header.route = (push ? this.pushNames : this.answerNames).get(key) ?? "";
    if (this.pairs) {
      header.service = Math.floor(key / PAIR);
      header.messageId = key % PAIR;
    } else {
      header.messageId = key;
    }
  }

  /** Sets the application's own fields in the response header; null: as they are when nobody sets them. */
  setFields(from: ResponseHeader | null): void {
    const target = this.responseHeader as unknown as Fields;
    const source = from === null ? this.blank : (from as unknown as Fields);
    for (const name of this.response.fields) target[name] = source[name];
  }
}

/** Told by trying: a codec does not say which roles its layout has. */
function writesErrorCode(response: LayoutCodec<ResponseHeader>): boolean {
  const header = response.create();
  const write = (code: number): string => {
    header.errorCode = code;
    const slab = new Slab(1024);
    const end = response.sizeOf(header) + response.trailer;
    slab.reserve(end);
    response.encode(header, slab, 0, end);
    return Array.from(slab.bytes.subarray(0, end)).join();
  };
  return write(0) !== write(1);
}
