/** Header classes: every property of the interface they implement, used or not, and the application's own fields. */
import type { Role } from "../../model.js";
import type { HeaderValue, LayoutPlan } from "../../plan/index.js";
import { propertyKey } from "../names.js";
import type { HeaderInterface, LayoutModule, LayoutNames } from "./layout-module.js";

const REQUEST = [
  "bodyStart",
  "bodyEnd",
  "sequence",
  "messageId",
  "service",
  "kind",
  "flags",
  "version",
  "route",
  "serverType",
  "timestampHigh",
  "timestampLow",
  "compressed",
  "encrypted",
];
const RESPONSE = [...REQUEST, "errorCode"];
const INTERNAL = [...RESPONSE, "source", "target", "userIdHigh", "userIdLow", "roleIdHigh", "roleIdLow", "clientIp"];
const TEXTS = new Set(["route", "clientIp"]);
const PROPERTIES: Readonly<Record<HeaderInterface, readonly string[]>> = {
  RequestHeader: REQUEST,
  ResponseHeader: RESPONSE,
  InternalHeader: INTERNAL,
};

export function printHeaderClass(
  module: LayoutModule,
  names: LayoutNames,
  plan: LayoutPlan,
  like: HeaderInterface,
): void {
  const { writer } = module;
  const parts = partsOf(plan);
  const docs = new Map(parts.flatMap(({ value, doc }) => propertiesOf(value).map((name) => [name, doc] as const)));
  const own = parts.filter(({ value }) => propertiesOf(value).some((name) => !PROPERTIES[like].includes(name)));
  writer.write(`export class ${names.header} implements ${module.wireType(like)} `).block(() => {
    for (const name of PROPERTIES[like]) {
      module.doc(docs.get(name) ?? "");
      writer.writeLine(TEXTS.has(name) ? `${name} = "";` : `${name} = 0;`);
    }
    for (const field of own) {
      module.doc(field.doc);
      for (const line of declarationsOf(field)) writer.writeLine(line);
    }
    for (const field of own) printWhole(module, names, field);
  });
  writer.blankLine();
}

/** A field, or one of the several that share its bits. */
interface Part {
  readonly doc: string;
  readonly role: Role | null;
  readonly width: number;
  readonly value: HeaderValue;
}

function partsOf(plan: LayoutPlan): Part[] {
  return plan.fields.flatMap((field): readonly Part[] =>
    field.value.kind === "bits" ? field.value.members.map((member) => ({ ...member, width: field.width })) : [field],
  );
}

/** The fields that are the application's own, by their property. */
export function ownFields(plan: LayoutPlan): string[] {
  return partsOf(plan).flatMap(({ role, value }) => (role === null && "property" in value ? [value.property] : []));
}

/** The properties that hold a field's value. */
export function propertiesOf(value: HeaderValue): string[] {
  if (value.kind === "halves") return [`${value.property}High`, `${value.property}Low`];
  if (value.kind === "low") return [`${value.property}High`, `${value.property}Low`];
  return "property" in value ? [value.property] : [];
}

function declarationsOf({ value, width }: Part): string[] {
  if (!("property" in value)) return [];
  const key = propertyKey(value.property);
  switch (value.kind) {
    case "halves":
    case "low":
      return propertiesOf(value).map((name) => `${propertyKey(name)} = 0;`);
    case "integer":
    case "varint":
    case "char":
    case "decimal":
      return [`${key} = ${value.initial};`];
    case "float":
      return [`${key} = 0;`];
    case "bytes":
      return [`${key}: Uint8Array = new Uint8Array(${width});`];
    case "prefixedBytes":
      return [`${key}: Uint8Array = new Uint8Array(0);`];
    case "text":
    case "until":
    case "prefixedText":
      return [`${key} = "";`];
  }
}

/** An application's own 64-bit field also as a bigint, which costs an allocation and so is made only when asked for. */
function printWhole(module: LayoutModule, names: LayoutNames, { value }: Part): void {
  if (value.kind !== "halves" || !value.whole) return;
  const { writer } = module;
  const key = propertyKey(value.property);
  const high = `this[${JSON.stringify(`${value.property}High`)}]`;
  const low = `this[${JSON.stringify(`${value.property}Low`)}]`;
  const bounds = value.signed ? "-(2n ** 63n), 2n ** 63n - 1n" : "0n, 2n ** 64n - 1n";
  writer.blankLine();
  writer.write(`get ${key}(): bigint `).block(() => {
    writer.writeLine(`return (BigInt(${high}${value.signed ? " | 0" : ""}) << 32n) | BigInt(${low});`);
  });
  writer.blankLine();
  writer.write(`set ${key}(value: bigint) `).block(() => {
    const error = `${module.wire("outOfRange")}("${names.codec}.${value.property}", value, ${bounds})`;
    writer.writeLine(`if (BigInt.${value.signed ? "asIntN" : "asUintN"}(64, value) !== value) throw ${error};`);
    writer.writeLine(`${high} = Number(BigInt.asUintN(32, value >> 32n));`);
    writer.writeLine(`${low} = Number(BigInt.asUintN(32, value));`);
  });
}
