/** Layouts, protocols, and the control messages that keep a connection. */
import type {
  BitsDefinition,
  ControlDefinition,
  ControlOptions,
  EchoDefinition,
  FieldDefinition,
  HandshakeDefinition,
  HandshakeOptions,
  LayoutDefinition,
  LayoutOptions,
  MessageKey,
  ProtocolDefinition,
  ProtocolOptions,
} from "./definition.js";
import { callSite } from "./site.js";

/**
 * A header: its fields in the order in which they stand on the wire.
 *
 * ```ts
 * layout({ byteOrder: "big" }, { length: u16(role.length({ counts: "frame" })), messageId: u16(role.messageId()) })
 * ```
 */
export function layout(
  options: LayoutOptions,
  fields: Readonly<Record<string, FieldDefinition | BitsDefinition>>,
): LayoutDefinition {
  return { definition: "layout", options, fields, site: callSite(layout) };
}

/** How one kind of client speaks: its layouts, the encoding of bodies, its control messages. */
export function protocol(options: ProtocolOptions): ProtocolDefinition {
  return { definition: "protocol", options, site: callSite(protocol) };
}

/**
 * Gatesmith's own control messages, at the sixteen topmost ids of the layout's message id.
 * A client says that it is there every `heartbeat`; after a silence of `timeout` the server closes.
 */
export function handshake(options?: HandshakeOptions): HandshakeDefinition {
  return { definition: "handshake", options, site: callSite(handshake) };
}

/** What a protocol that is not ours has instead: `control({ heartbeat: echo(id(7, 0x0701)), timeout: "120s" })`. */
export function control(options?: ControlOptions): ControlDefinition {
  return { definition: "control", options, site: callSite(control) };
}

/** A protocol without any control messages. */
export function none(): ControlDefinition {
  return { definition: "control", site: callSite(none) };
}

/** A heartbeat that is answered by the same message: of `control()`. */
export function echo(id: MessageKey): EchoDefinition {
  return { definition: "echo", id, site: callSite(echo) };
}
