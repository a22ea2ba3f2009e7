/** The interface of a message, the constants of an enum, and `create`: a message with every field at its default. */
import type { EnumType } from "../../model.js";
import type { FieldPlan, MessagePlan } from "../../plan/index.js";
import { propertyKey } from "../names.js";
import { type MessageModule, propertiesOf } from "./message-module.js";
import { literalOf, typeOfValue, zeroOf } from "./values.js";

export function printInterface(module: MessageModule, plan: MessagePlan, doc: string): void {
  const { type } = module.names.messages.get(plan.fullName)!;
  module.doc(doc);
  if (plan.fields.length === 0 && !plan.keepsUnknown) {
    module.writer.writeLine(`export type ${type} = Record<string, never>;`).blankLine();
    return;
  }
  module.writer.write(`export interface ${type} `).block(() => {
    for (const property of propertiesOf(plan)) printProperty(module, plan, property);
    if (!plan.keepsUnknown) return;
    module.doc("Fields that the schema does not declare, as they came in.");
    module.writer.writeLine(`[${module.wire("unknownFields")}]?: ${module.wireType("UnknownFields")} | undefined;`);
  });
  module.writer.blankLine();
}

function printProperty(module: MessageModule, plan: MessagePlan, property: string): void {
  const oneof = plan.oneofs.find(({ name, fields }) => fields.length > 0 && name === property);
  if (oneof !== undefined) {
    module.doc(oneof.doc);
    module.writer.writeLine(`${propertyKey(property)}:`);
    module.writer.indent(() => {
      for (const field of oneof.fields) {
        module.doc(field.doc);
        module.writer.writeLine(
          `| { case: ${JSON.stringify(field.name)}; value: ${typeOfValue(module, field.value)} }`,
        );
      }
      module.writer.writeLine("| { case: undefined; value?: undefined };");
    });
    return;
  }
  const field = plan.fields.find(({ name, oneof }) => oneof === null && name === property)!;
  const means = field.default === null || field.shape === "required" ? "" : absentMeans(module, field);
  module.doc([field.doc, means].filter((text) => text !== "").join("\n\n"));
  const optional = field.shape === "optional";
  module.writer.writeLine(
    `${propertyKey(property)}${optional ? "?" : ""}: ${typeOfField(module, field)}${optional ? " | undefined" : ""};`,
  );
}

function absentMeans(module: MessageModule, field: FieldPlan): string {
  const { type } = module.names.messages.get(module.current.fullName)!;
  return `Absent, it means \`${type}.defaults${accessOf(field.name)}\`: ${literalOf(field.value, field.default!)}`;
}

const accessOf = (name: string) => (propertyKey(name) === name ? `.${name}` : `[${propertyKey(name)}]`);

/** The fields whose absence means something else than their type's default. */
export function withDefaults(plan: MessagePlan): FieldPlan[] {
  return plan.fields.filter((field) => field.default !== null);
}

/** The type of the codec's `defaults`. */
export function printDefaultsType(module: MessageModule, fields: readonly FieldPlan[]): string {
  const list = fields.map((field) => `readonly ${propertyKey(field.name)}: ${typeOfValue(module, field.value)}`);
  return `{ readonly defaults: { ${list.join("; ")} } }`;
}

export function typeOfField(module: MessageModule, field: FieldPlan): string {
  const value = typeOfValue(module, field.value);
  if (field.shape === "repeated") return `${value}[]`;
  if (field.shape === "map") return `Map<${typeOfValue(module, field.key!)}, ${value}>`;
  return value;
}

/** The value of a property nobody set. */
export function emptyOf(module: MessageModule, plan: MessagePlan, property: string): string {
  const field = plan.fields.find(({ name, oneof }) => oneof === null && name === property);
  if (field === undefined) return "{ case: undefined }";
  if (field.shape === "repeated") return "[]";
  if (field.shape === "map") return "new Map()";
  if (field.shape === "optional") return "undefined";
  if (field.default !== null) return literalOf(field.value, field.default);
  const endless = field.value.kind === "message" && module.plan(field.value.fullName!).endless;
  return endless ? "undefined as never" : zeroOf(module, field.value);
}

export function printCreate(module: MessageModule, plan: MessagePlan): void {
  const { type, create } = module.names.messages.get(plan.fullName)!;
  const properties = propertiesOf(plan).map(
    (property) => `${propertyKey(property)}: ${emptyOf(module, plan, property)}`,
  );
  if (plan.keepsUnknown) properties.push(`[${module.wire("unknownFields")}]: undefined`);
  module.writer.write(`export function ${create}(): ${type} `).block(() => {
    module.writer.writeLine(properties.length === 0 ? "return {};" : `return { ${properties.join(", ")} };`);
  });
  module.writer.blankLine();
}

/** Of an open enum, a number the schema does not know yet is a value too. */
export function printEnum(module: MessageModule, type: EnumType): void {
  const name = module.names.enums.get(type.fullName)!;
  module.doc(type.doc);
  module.writer.write(`export const ${name} = {`).newLine();
  module.writer.indent(() => {
    for (const value of type.values) {
      module.doc(value.doc);
      module.writer.writeLine(`${propertyKey(value.name)}: ${value.number},`);
    }
  });
  module.writer.writeLine("} as const;").blankLine();
  const open = type.closed ? "" : " | (number & {})";
  module.writer.writeLine(`export type ${name} = (typeof ${name})[keyof typeof ${name}]${open};`).blankLine();
  if (type.closed) printGuard(module, type, name);
}

function printGuard(module: MessageModule, type: EnumType, name: string): void {
  const { writer } = module;
  writer
    .write(`export function ${module.names.guards.get(type.fullName)}(value: unknown): value is ${name} `)
    .block(() => {
      writer.write("switch (value) ").block(() => {
        for (const number of new Set(type.values.map(({ number }) => number))) writer.writeLine(`case ${number}:`);
        writer.indent(() => writer.writeLine("return true;"));
        writer.writeLine("default:").indent(() => writer.writeLine("return false;"));
      });
    });
  writer.blankLine();
}
