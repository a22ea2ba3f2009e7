/** Reads groups of fields that share whole bytes. */
import type { BitDefinition, BitsDefinition, ConstantDefinition, RoleDefinition } from "../dsl/definition.js";
import { bitShape, bitsShape, isDefinition } from "../dsl/shape.js";
import type { BitGroup, ByteOrder, FieldType, LayoutField } from "../model.js";
import { readConstant } from "./read-constant.js";
import { readRole } from "./read-role.js";
import { type Reading, show } from "./reading.js";

type BitsType = Extract<FieldType, { kind: "bits" }>;

/** A field as long as the group's size is not known. */
interface Member extends Omit<LayoutField, "type"> {
  readonly bits: number;
  readonly at: number | null;
  readonly holds: BitsType["holds"];
}

/** The group's fields in the order in which they were declared; null when something of it could not be read. */
export function readBits(
  reading: Reading,
  definition: BitsDefinition,
  name: string,
  layoutByteOrder: ByteOrder,
): LayoutField[] | null {
  const read = reading.read(definition, bitsShape, { options: 0, fields: 1 });
  if (read === null) return null;
  const position = reading.position(definition);
  const { first, when, byteOrder = layoutByteOrder } = read.options;
  const members: Member[] = [];
  let whole = true;
  for (const [fieldName, value] of Object.entries(read.fields)) {
    if (!isDefinition(value, "bit")) {
      const at = reading.sources.part(position, 1, fieldName);
      reading.report("schema-shape", `"${fieldName}" must be made by bit(), not ${show(value)}`, null, at);
      whole = false;
      continue;
    }
    const member = readBit(reading, value as BitDefinition, fieldName);
    if (member === null) whole = false;
    else members.push({ ...member, byteOrder, when });
  }
  return whole ? placed(reading, members, name, first, definition) : null;
}

function readBit(reading: Reading, definition: BitDefinition, name: string): Member | null {
  const { meaning, options } = definition;
  const argument = { width: 0, meaning: 1, options: meaning === undefined ? 1 : 2 };
  const read = reading.read(definition, bitShape, argument, { width: definition.width, meaning, options });
  if (read === null) return null;
  const position = reading.position(definition);
  const { width: bits } = read;
  const { at = null, initial } = read.options;
  const role = isDefinition(read.meaning, "role") ? readRole(reading, read.meaning as RoleDefinition) : null;
  if (isDefinition(read.meaning, "role") && role === null) return null;
  let holds: BitsType["holds"] = isDefinition(read.meaning, "reserved") ? "reserved" : "value";
  if (isDefinition(read.meaning, "constant")) {
    const constant = readConstant(reading, read.meaning as ConstantDefinition, `bit(${bits})`, bits);
    if (constant === null) return null;
    holds = { constant: constant.value, onRead: constant.onRead };
  }
  if (initial !== 0 && (role !== null || holds !== "value")) {
    const hint = "only a number of the application's own has a value before anybody sets it";
    const where = reading.sources.part(position, argument.options, "initial");
    reading.report("schema-shape", `"initial" has no use on ${name}`, hint, where);
  }
  return {
    name,
    property: role?.kind === "route" ? "messageId" : (role?.kind ?? name),
    bits,
    at,
    holds,
    byteOrder: "big",
    role,
    when: [],
    initial,
    doc: reading.sources.docOf(position),
    position,
  };
}

/** Gives every field its place among the group's bits. A rule tells when they do not fill whole bytes, or meet. */
function placed(
  reading: Reading,
  members: readonly Member[],
  name: string,
  first: "highest" | "lowest",
  definition: BitsDefinition,
): LayoutField[] | null {
  if (members.length === 0) {
    reading.report("schema-shape", `the group "${name}" has no fields`, null, reading.position(definition));
    return null;
  }
  const total = members.reduce((sum, { bits }) => sum + bits, 0);
  const given = members.flatMap(({ at, bits }) => (at === null ? [] : [at + bits]));
  // Fields that say where they are may leave gaps, or reach further than the others fill.
  const size = Math.max(total, ...given);
  let next = first === "lowest" ? 0 : size;
  return members.map(({ bits, at, holds, ...field }, index): LayoutField => {
    const shift = at ?? (first === "lowest" ? next : next - bits);
    next = first === "lowest" ? shift + bits : shift;
    const group: BitGroup = { name, bits: size, first: index === 0, last: index === members.length - 1 };
    return { ...field, type: { kind: "bits", bits, shift, holds, group } };
  });
}
