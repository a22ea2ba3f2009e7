/**
 * How a header becomes bytes and back, in no particular language: each field with the place where it stands and the way it is
 * read. Places are literal offsets from the header's start up to the first field whose size is not fixed; behind one, they count from
 * that field's end.
 */
import { fieldSize, utf8Length } from "../layout-size.js";
import type { ByteOrder, Layout, LayoutField, Role } from "../model.js";
import { type BitMember, type HeaderValue, planBits, planValue } from "./header-value.js";

export interface LayoutPlan {
  readonly name: string;
  /** In the order they stand in. A text that frames begin with is the first of them. */
  readonly fields: readonly PlannedField[];
  /** Bytes of the header; its least size when there are fields whose size is not fixed. */
  readonly size: number;
  /** How many fields there are whose size is not fixed. */
  readonly variableFields: number;
  /** Byte width of the sequence field, 0 without one. */
  readonly sequenceBytes: number;
  /** The text behind every body, and how many bytes it has. */
  readonly end: string;
  readonly trailer: number;
  /** How a receiver knows where a frame ends: it is told, it looks for `end`, or its transport tells. */
  readonly framing: "length" | "delimiter" | "transport";
}

export interface PlannedField {
  /** What the schema calls it; a group's name for bits. */
  readonly name: string;
  readonly doc: string;
  readonly role: Role | null;
  /** 0: `offset` counts from the header's start. n: from the end of the nth field whose size is not fixed. */
  readonly origin: number;
  readonly offset: number;
  /** Bytes; of a field of variable length, the least, or the length in front of it. */
  readonly width: number;
  /** Whether its size is known only at run time: a new origin begins behind it. */
  readonly variable: boolean;
  readonly byteOrder: ByteOrder;
  /** The field is there when all of these hold. */
  readonly when: readonly PlannedTest[];
  readonly value: HeaderValue;
}

/** What a property of the header must be. */
export interface PlannedTest {
  readonly property: string;
  readonly values: readonly number[];
  /** Whether it must be none of the values, instead of one. */
  readonly not: boolean;
}

export function planLayout(layout: Layout): LayoutPlan {
  const fields: PlannedField[] = [];
  let origin = 0;
  let offset = 0;
  const add = (field: Omit<PlannedField, "origin" | "offset">) => {
    fields.push({ ...field, origin, offset });
    origin += field.variable ? 1 : 0;
    offset = field.variable ? 0 : offset + field.width;
  };
  if (layout.start !== "") add(startOf(layout.start));
  const tests = testsByField(layout);
  let members: BitMember[] = [];
  for (const field of layout.fields) {
    const { name, doc, role, type, byteOrder } = field;
    const when = tests.get(name)!;
    if (type.kind !== "bits") {
      const variable = when.length > 0 || !isFixed(field);
      add({ name, doc, role, width: fieldSize(type), variable, byteOrder, when, value: planValue(layout, field) });
      continue;
    }
    members.push(planBits(field, type));
    if (!type.group.last) continue;
    const { group } = type;
    const value = { kind: "bits", members } as const;
    const width = group.bits / 8;
    add({ name: group.name, doc: "", role: null, width, variable: when.length > 0, byteOrder, when, value });
    members = [];
  }
  const sequence = layout.fields.find(({ role }) => role?.kind === "sequence");
  const trailer = utf8Length(layout.end);
  const length = fields.find(({ value }) => value.kind === "length");
  if (length !== undefined && !tellsTheEnd(length, origin)) {
    throw new Error(`${layout.name}.${length.name}: the frame's end cannot be told from what comes so far`);
  }
  return {
    name: layout.name,
    fields,
    size: leastSize(fields),
    variableFields: origin,
    sequenceBytes: sequence === undefined ? 0 : sequenceWidth(sequence),
    end: layout.end,
    trailer,
    framing: length !== undefined ? "length" : trailer > 0 ? "delimiter" : "transport",
  };
}

/** Whether what a length counts and what stands before it have fixed sizes or are counted. */
function tellsTheEnd({ origin, when, value }: PlannedField, variableFields: number): boolean {
  if (origin > 0 || when.length > 0 || value.kind !== "length") return false;
  return value.counts !== "body" || variableFields === 0;
}

/** Whether another sequence number can be put into a frame that is written: the place is known, and its size does not change. */
export function isPatchable({ fields }: LayoutPlan): boolean {
  const rewritten = fields.filter(
    ({ role, value }) => role?.kind === "sequence" || (value.kind === "checksum" && value.over !== "body"),
  );
  const sequence = rewritten.find(({ role }) => role?.kind === "sequence");
  if (sequence === undefined || sequence.value.kind !== "integer" || sequence.variable) return false;
  if (fields.some(({ when }) => when.some(({ property }) => property === "sequence"))) return false;
  const header = rewritten.some(({ value }) => value.kind === "checksum" && value.over === "header");
  const furthest = header ? Number.POSITIVE_INFINITY : Math.max(...rewritten.map(({ origin }) => origin));
  // Text and bytes say their length in front; whatever else is not always as long would have to be read again.
  return fields
    .filter(({ variable, origin }) => variable && origin < furthest)
    .every(({ when, value }) => when.length === 0 && (value.kind === "prefixedText" || value.kind === "prefixedBytes"));
}

/** Bytes that fields take at least: none when they may be absent. */
export function leastSize(fields: readonly PlannedField[]): number {
  return fields.reduce((sum, { width, when }) => sum + (when.length > 0 ? 0 : width), 0);
}

function startOf(text: string): Omit<PlannedField, "origin" | "offset"> {
  const value = { kind: "literal", text } as const;
  const shared = { name: "start", doc: "", role: null, byteOrder: "big" as const, when: [], variable: false };
  return { ...shared, width: utf8Length(text), value };
}

/** Whether a field has the same size in every header that has it. */
function isFixed({ type }: LayoutField): boolean {
  return !["prefixedText", "prefixedBytes", "varint", "decimal", "until"].includes(type.kind);
}

/**
 * What must hold for each field to be there. A condition on a field that may be absent itself holds only where that field is
 * there, so its conditions come along.
 */
function testsByField({ fields }: Layout): Map<string, readonly PlannedTest[]> {
  const tests = new Map<string, readonly PlannedTest[]>();
  for (const { name, when } of fields) {
    const own = when.map(({ field, values, not }) => {
      const { property } = fields.find((other) => other.name === field)!;
      return { property, values, not };
    });
    const inherited = when.flatMap(({ field }) => tests.get(field) ?? []);
    tests.set(name, [...inherited, ...own].filter(isFirst));
  }
  return tests;
}

/** Several fields that one depends on may depend on the same. */
function isFirst(test: PlannedTest, index: number, all: readonly PlannedTest[]): boolean {
  return all.findIndex((other) => JSON.stringify(other) === JSON.stringify(test)) === index;
}

/** Numbers of more than four bytes are counted in four. */
function sequenceWidth({ type }: LayoutField): number {
  return type.kind === "integer" ? Math.min(type.bits / 8, 4) : 4;
}
