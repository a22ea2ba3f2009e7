/** Reads protocols: their layouts, control messages and the rules of their sequence numbers. */
import type {
  ControlDefinition,
  EchoDefinition,
  HandshakeDefinition,
  ProtocolDefinition,
  PushDefinition,
} from "../dsl/definition.js";
import { controlShape, echoShape, handshakeShape, isDefinition, protocolShape, pushShape } from "../dsl/shape.js";
import { fieldOf, highestValue } from "../layout-size.js";
import type { ForeignControl, HandshakeControl, Protocol, SequenceRules } from "../model.js";
import { readLayout } from "./read-layout.js";
import type { Reading } from "./reading.js";

export function readProtocol(reading: Reading, definition: ProtocolDefinition, name: string): Protocol | null {
  const read = reading.read(definition, protocolShape, { options: 0 });
  if (read === null) return null;
  const { options } = read;
  const request = readLayout(reading, options.request, `${name}Request`);
  const response = readLayout(reading, options.response, `${name}Response`);
  const control = isDefinition(options.control, "handshake")
    ? readHandshake(reading, options.control as HandshakeDefinition)
    : readControl(reading, options.control as ControlDefinition);
  if (request === null || response === null || control === null) return null;
  const ours = control.kind === "handshake";
  const sequence: SequenceRules = {
    push: options.sequence.push ?? (ours ? "count" : 0),
    deduplicate: options.sequence.deduplicate ?? (ours && highestValue(fieldOf(request, "sequence")) >= 2 ** 32 - 1),
  };
  const position = reading.position(definition);
  return {
    name,
    request,
    response,
    body: options.body,
    key: options.key,
    control,
    sequence,
    doc: reading.sources.docOf(position),
    position,
  };
}

function readHandshake(reading: Reading, definition: HandshakeDefinition): HandshakeControl | null {
  const read = reading.read(definition, handshakeShape, { options: 0 });
  if (read === null) return null;
  const { heartbeat, timeout } = read.options;
  return { kind: "handshake", heartbeat, timeout: timeout ?? Math.round(heartbeat * 2.5) };
}

function readControl(reading: Reading, definition: ControlDefinition): ForeignControl | null {
  const read = reading.read(definition, controlShape, { options: 0 });
  if (read === null) return null;
  const { heartbeat, kick, login, timeout } = read.options;
  return {
    kind: "foreign",
    timeout: timeout ?? 0,
    heartbeat: heartbeat === undefined ? null : readHeartbeat(reading, heartbeat),
    kick: kick === undefined ? null : readKick(reading, kick),
    login: login ?? null,
  };
}

function readHeartbeat(reading: Reading, definition: EchoDefinition): ForeignControl["heartbeat"] {
  const read = reading.read(definition, echoShape, { id: 0 });
  return read === null ? null : { messageId: read.id, position: reading.position(definition) };
}

function readKick(reading: Reading, definition: PushDefinition): ForeignControl["kick"] {
  const read = reading.read(definition, pushShape, { id: 0, message: 1, options: 2 });
  if (read === null) return null;
  const position = reading.position(definition);
  for (const option of Object.keys(definition.options ?? {})) {
    const hint = "the client is closed behind it, whatever it has read";
    const at = reading.sources.part(position, 2, option);
    reading.report("unused-option", `"${option}" has no use on a kick`, hint, at);
  }
  return { messageId: read.id, message: read.message, position };
}
