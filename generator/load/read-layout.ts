/** Reads layouts: their fields and forms. */
import type {
  BitsDefinition,
  ConstantDefinition,
  FieldDefinition,
  LayoutDefinition,
  ReservedDefinition,
  RoleDefinition,
} from "../dsl/definition.js";
import { fieldShape, formShapes, isDefinition, layoutShape } from "../dsl/shape.js";
import type { ByteOrder, Condition, FieldType, Layout, LayoutField, Role } from "../model.js";
import { readBits } from "./read-bits.js";
import { readConstant } from "./read-constant.js";
import { readRole } from "./read-role.js";
import { type Reading, show } from "./reading.js";

/** `name` is what generated code calls the layout: `mainRequest`. */
export function readLayout(reading: Reading, definition: LayoutDefinition, name: string): Layout | null {
  const read = reading.read(definition, layoutShape, { options: 0, fields: 1 });
  if (read === null) return null;
  const position = reading.position(definition);
  const { byteOrder, start = "", end = "" } = read.options;
  const fields: LayoutField[] = [];
  for (const [fieldName, value] of Object.entries(read.fields)) {
    if (isDefinition(value, "bits")) {
      const members = readBits(reading, value as BitsDefinition, fieldName, byteOrder);
      if (members === null) reading.damage(position);
      else fields.push(...members);
    } else if (isDefinition(value, "field")) {
      const field = readField(reading, value as FieldDefinition, fieldName, byteOrder);
      if (field === null) reading.damage(position);
      else fields.push(field);
    } else {
      const hint = 'such as u16(), text("u8") or u16(role.messageId())';
      const at = reading.sources.part(position, 1, fieldName);
      reading.report("schema-shape", `"${fieldName}" must be a field, not ${show(value)}`, hint, at);
      reading.damage(position);
    }
  }
  return { name, start, end, fields, position };
}

/** The parts of what any field was given. */
interface FieldReading {
  readonly meaning?: RoleDefinition | ConstantDefinition | ReservedDefinition | undefined;
  readonly options: {
    readonly byteOrder?: ByteOrder | undefined;
    readonly when: readonly Condition[];
    readonly initial: number;
    readonly pad?: string;
    readonly most?: number;
  };
}

function readField(
  reading: Reading,
  definition: FieldDefinition,
  name: string,
  layoutByteOrder: ByteOrder,
): LayoutField | null {
  const { form, meaning, options } = definition;
  const shape = form.kind in formShapes ? formShapes[form.kind as keyof typeof formShapes] : fieldShape;
  // What a form needs to know comes first among the arguments, and a meaning may be left out.
  const first = shape === fieldShape ? 0 : 1;
  const argument = {
    size: 0,
    delimiter: 0,
    meaning: first,
    options: meaning === undefined ? first : first + 1,
  };
  const read: FieldReading | null = reading.read(definition, shape as typeof fieldShape, argument, {
    ...form,
    meaning,
    options,
  });
  if (read === null) return null;
  const position = reading.position(definition);
  const role = isDefinition(read.meaning, "role") ? readRole(reading, read.meaning as RoleDefinition) : null;
  if (isDefinition(read.meaning, "role") && role === null) return null;
  const type = fieldType(reading, definition, read);
  if (type === null) return null;
  const { initial, when } = read.options;
  if (initial !== 0 && !takesInitial(type, role)) {
    const hint = "only a number of the application's own has a value before anybody sets it";
    const at = reading.sources.part(position, argument.options, "initial");
    reading.report("schema-shape", `"initial" has no use on ${name}`, hint, at);
  }
  return {
    name,
    property: role === null ? name : propertyOf(role, type),
    type,
    byteOrder: read.options.byteOrder ?? layoutByteOrder,
    role,
    when,
    initial,
    doc: reading.sources.docOf(position),
    position,
  };
}

/** What a header calls the value: a route's code is its message id. */
function propertyOf({ kind }: Role, type: FieldType): string {
  const isText = type.kind === "text" || type.kind === "until" || type.kind === "prefixedText";
  return kind === "route" && !isText ? "messageId" : kind;
}

function takesInitial(type: FieldType, role: Role | null): boolean {
  if (role !== null) return false;
  if (type.kind === "integer") return type.bits < 64;
  return type.kind === "varint" || type.kind === "char" || type.kind === "decimal";
}

/** The form, with what its options and its meaning make of it. */
function fieldType(reading: Reading, { form, name }: FieldDefinition, read: FieldReading): FieldType | null {
  const { meaning, options } = read;
  if (isDefinition(meaning, "reserved")) {
    if (form.kind === "bytes") return { kind: "reserved", size: form.size };
    if (form.kind === "integer" || form.kind === "float") return { kind: "reserved", size: form.bits / 8 };
    const hint = "reserve bytes(n) or an integer";
    const position = reading.position(meaning);
    reading.report("schema-shape", `${name} cannot be reserved: its size is not fixed`, hint, position);
    return null;
  }
  if (isDefinition(meaning, "constant")) {
    if (form.kind === "integer" && !form.signed && form.bits !== 64) {
      const constant = readConstant(reading, meaning as ConstantDefinition, name, form.bits);
      return constant === null ? null : { kind: "constant", bits: form.bits, ...constant };
    }
    const hint = "u8, u16, u24, u32 and bit(n) can hold a constant";
    reading.report("schema-shape", `${name} cannot hold a constant`, hint, reading.position(meaning));
    return null;
  }
  if (form.kind === "text") return { ...form, pad: options.pad!.charCodeAt(0) };
  if (form.kind === "until") return { ...form, most: options.most! };
  return form;
}
