/** A protocol as a frontend speaks it: its codecs with the one header of each that they fill again and again. */
import { ControlOffset } from "../../wire/control-id.js";
import type { LayoutCodec, ProtocolEntry, RequestHeader, ResponseHeader } from "../manifest.js";

export class FrontendProtocol {
  readonly name: string;
  readonly index: number;
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  readonly requestHeader: RequestHeader;
  readonly responseHeader: ResponseHeader;
  /** Milliseconds between two Pings of a client, and of silence after which it is closed. */
  readonly heartbeat: number;
  readonly timeout: number;
  readonly sequenceBytes: number;
  readonly helloId: number;
  readonly pingId: number;
  readonly kickId: number;
  readonly failureId: number;

  constructor(entry: ProtocolEntry, index: number) {
    this.name = entry.name;
    this.index = index;
    this.request = entry.request;
    this.response = entry.response;
    this.requestHeader = entry.request.create();
    this.responseHeader = entry.response.create();
    const { control } = entry;
    this.timeout = control.timeout;
    this.sequenceBytes = entry.response.sequenceBytes;
    const handshake = control.kind === "handshake";
    this.heartbeat = handshake ? control.heartbeat : 0;
    // No message has an id below zero: a foreign protocol has none of these.
    const idOf = (offset: number) => (handshake ? control.controlId - offset : -1);
    this.helloId = idOf(ControlOffset.HELLO);
    this.pingId = idOf(ControlOffset.PING);
    this.kickId = idOf(ControlOffset.KICK);
    this.failureId = idOf(ControlOffset.FAILURE);
  }
}
