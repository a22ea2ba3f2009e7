/** Reads layouts and protocols: their fields, roles and control messages. */
import type {
  ConstantDefinition,
  Definition,
  FieldDefinition,
  HandshakeDefinition,
  LayoutDefinition,
  ProtocolDefinition,
  ReservedDefinition,
  RoleDefinition,
} from "../dsl/definition.js";
import {
  bytesShape,
  checksumRoleShape,
  constantShape,
  fieldShape,
  handshakeShape,
  isDefinition,
  layoutShape,
  lengthRoleShape,
  prefixedShape,
  protocolShape,
} from "../dsl/shape.js";
import type {
  ByteOrder,
  FieldType,
  HandshakeControl,
  Layout,
  LayoutField,
  Protocol,
  Role,
  SimpleRole,
} from "../model.js";
import { type Reading, show } from "./reading.js";

/** `name` is what generated code calls the layout: `mainRequest`. */
export function readLayout(reading: Reading, definition: LayoutDefinition, name: string): Layout | null {
  const read = reading.read(definition, layoutShape, { options: 0, fields: 1 });
  if (read === null) return null;
  const position = reading.position(definition);
  const fields: LayoutField[] = [];
  for (const [fieldName, value] of Object.entries(read.fields)) {
    if (!isDefinition(value, "field")) {
      const hint = 'such as u16(), prefixedText("u8") or u16(role.messageId())';
      const at = reading.sources.part(position, 1, fieldName);
      reading.report("schema-shape", `"${fieldName}" must be a field, not ${show(value)}`, hint, at);
      reading.damage(position);
      continue;
    }
    const field = readField(reading, value as FieldDefinition, fieldName, read.options.byteOrder);
    if (field === null) reading.damage(position);
    else fields.push(field);
  }
  return { name, fields, position };
}

function readField(
  reading: Reading,
  definition: FieldDefinition,
  name: string,
  layoutByteOrder: ByteOrder,
): LayoutField | null {
  const { form, meaning, options } = definition;
  const shape = form.kind === "bytes" ? bytesShape : "prefix" in form ? prefixedShape : fieldShape;
  // What a form needs to know comes first among the arguments, and a meaning may be left out.
  const first = shape === fieldShape ? 0 : 1;
  const argument = { size: 0, prefix: 0, meaning: first, options: meaning === undefined ? first : first + 1 };
  const read = reading.read<typeof fieldShape>(definition, shape, argument, { ...form, meaning, options });
  if (read === null) return null;
  const position = reading.position(definition);
  const role = isDefinition(read.meaning, "role") ? readRole(reading, read.meaning as RoleDefinition) : null;
  const type = fieldType(reading, definition, read.meaning);
  if (type === null) return null;
  return {
    name,
    property: role?.kind ?? name,
    type,
    byteOrder: read.options.byteOrder ?? layoutByteOrder,
    role,
    doc: reading.sources.docOf(position),
    position,
  };
}

function readRole(reading: Reading, definition: RoleDefinition): Role | null {
  switch (definition.name) {
    case "length": {
      const read = reading.read(definition, lengthRoleShape, { options: 0 });
      return read === null ? null : { kind: "length", ...read.options };
    }
    case "checksum": {
      const read = reading.read(definition, checksumRoleShape, { algorithm: 0, options: 1 });
      return read === null ? null : { kind: "checksum", algorithm: read.algorithm, over: read.options.over };
    }
    default:
      return { kind: definition.name as SimpleRole };
  }
}

function fieldType(
  reading: Reading,
  { form, name }: FieldDefinition,
  meaning: RoleDefinition | ConstantDefinition | ReservedDefinition | undefined,
): FieldType | null {
  if (isDefinition(meaning, "reserved")) {
    if (form.kind === "bytes") return { kind: "reserved", size: form.size };
    if (form.kind === "integer" || form.kind === "float") return { kind: "reserved", size: form.bits / 8 };
    reading.report(
      "schema-shape",
      `${name} cannot be reserved: its size is not fixed`,
      "reserve bytes(n) or an integer",
      reading.position(meaning),
    );
    return null;
  }
  if (!isDefinition(meaning, "constant")) return form;
  return constantType(reading, form, name, meaning as ConstantDefinition);
}

function constantType(
  reading: Reading,
  form: FieldDefinition["form"],
  name: string,
  definition: ConstantDefinition,
): FieldType | null {
  const read = reading.read(definition, constantShape, { value: 0, options: 1 });
  if (read === null) return null;
  const position = reading.position(definition as Definition<string>);
  if (form.kind !== "integer" || form.signed || form.bits === 64) {
    const hint = "u8, u16, u24 and u32 can hold a constant";
    reading.report("schema-shape", `${name} cannot hold a constant`, hint, position);
    return null;
  }
  const highest = 2 ** form.bits - 1;
  if (read.value > highest) {
    reading.report(
      "schema-shape",
      `the constant ${read.value} does not fit ${name}: at most ${highest}`,
      null,
      position,
    );
    return null;
  }
  return { kind: "constant", bits: form.bits, value: read.value, onRead: read.options.onRead };
}

export function readProtocol(reading: Reading, definition: ProtocolDefinition, name: string): Protocol | null {
  const read = reading.read(definition, protocolShape, { options: 0 });
  if (read === null) return null;
  const { options } = read;
  const request = readLayout(reading, options.request, `${name}Request`);
  const response = readLayout(reading, options.response, `${name}Response`);
  const control = readHandshake(reading, options.control);
  if (request === null || response === null || control === null) return null;
  const position = reading.position(definition);
  return {
    name,
    request,
    response,
    body: options.body,
    key: options.key,
    control,
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
