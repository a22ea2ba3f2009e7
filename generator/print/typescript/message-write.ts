/**
 * Encoders in TypeScript. What can be checked is checked before anything is written; each stretch of fields reserves its bound at
 * once and then writes without looking; a nested message reserves its own.
 */
import { DEEPEST_NESTING, type FieldPlan, type MessagePlan } from "../../plan/index.js";
import { isInherited, propertyKey } from "../names.js";
import { type MessageModule, propertiesOf, propertyOf } from "./message-module.js";
import { printMapField, printMessageField, printOneofMember, printRepeatedField } from "./message-write-parts.js";
import { reserve } from "./reservation.js";
import { expectationOf, fromDecimal, isDecimal, isSet, isWrong, tagLines, writeLines, zeroOf } from "./values.js";

export function printWrite(module: MessageModule, plan: MessagePlan): void {
  const { type, write } = module.names.messages.get(plan.fullName)!;
  const { writer } = module;
  const depth = plan.recursive ? ", depth: number" : "";
  const slab = plan.fields.length === 0 && !plan.keepsUnknown ? "_slab" : "slab";
  writer
    .write(`export function ${write}(message: ${type}, ${slab}: ${module.wireType("Slab")}${depth}): void `)
    .block(() => {
      const name = JSON.stringify(plan.fullName);
      writer.writeLine(
        `if (typeof message !== "object" || message === null) throw ${module.wire("wrongValue")}(${name}, "an object", message);`,
      );
      if (plan.recursive) {
        const expected = JSON.stringify(`messages nested at most ${DEEPEST_NESTING} deep`);
        writer.writeLine(
          `if (depth > ${DEEPEST_NESTING}) throw ${module.wire("wrongValue")}(${name}, ${expected}, message);`,
        );
      }
      printChecks(module, plan);
      printOneofChecks(module, plan, module.variables(plan));
      printFields(module, plan);
      if (plan.keepsUnknown) printUnknownFields(module, plan);
    });
  writer.blankLine();
}

/** What a message keeps comes last, as protobuf's own libraries do it. */
function printUnknownFields(module: MessageModule, plan: MessagePlan): void {
  const { writer } = module;
  writer.writeLine(`const kept = message[${module.wire("unknownFields")}];`);
  const name = JSON.stringify(plan.fullName);
  writer.writeLine(`if (kept !== undefined) ${module.wire("writeUnknownFields")}(slab, kept, ${name});`);
}

/** Takes every property into a variable, and makes sure of those that are single values. */
export function printChecks(module: MessageModule, plan: MessagePlan): void {
  const variables = module.variables(plan);
  const single = plan.fields.filter((field) => isSingle(field));
  const decimals = new Set(single.filter(({ value }) => isDecimal(value)).map((field) => propertyOf(plan, field)));
  const taken = propertiesOf(plan)
    .filter((property) => !decimals.has(property) && !isInherited(property))
    .map((property) =>
      variables.get(property) === property ? property : `${propertyKey(property)}: ${variables.get(property)}`,
    );
  if (taken.length > 0) module.writer.writeLine(`let { ${taken.join(", ")} } = message;`);
  for (const property of propertiesOf(plan)) {
    if (isInherited(property)) module.writer.writeLine(`let ${variables.get(property)} = ${readOwn(property)};`);
  }
  for (const field of single) {
    const property = propertyOf(plan, field);
    const name = variables.get(property)!;
    const path = JSON.stringify(field.path);
    const optional = field.shape === "optional";
    if (decimals.has(property)) {
      if (field.shape === "required") {
        const source = `message[${JSON.stringify(property)}]`;
        module.writer.writeLine(`if (${source} == null) throw ${module.wire("missingField")}(${path});`);
      }
      const source = isInherited(property) ? readOwn(property) : `message[${JSON.stringify(property)}]`;
      const checked = fromDecimal(module, field.value, source, path);
      module.writer.writeLine(`const ${name} = ${optional ? `${source} == null ? undefined : ` : ""}${checked};`);
      continue;
    }
    const wrong = isWrong(module, field.value, name);
    if (field.shape === "required") {
      printRequirement(module, field, name, wrong);
      continue;
    }
    const condition = optional ? `${name} !== undefined && (${wrong})` : wrong;
    const fallback = optional ? "undefined" : zeroOf(module, field.value);
    const arguments_ = `${name}, ${fallback}, ${path}, ${JSON.stringify(expectationOf(field.value))}`;
    module.writer.writeLine(`if (${condition}) ${name} = ${module.wire("orDefault")}(${arguments_});`);
  }
  for (const field of plan.fields) {
    if (field.shape !== "required" || field.value.kind !== "message") continue;
    const name = variables.get(propertyOf(plan, field))!;
    printRequirement(module, field, name, isWrong(module, field.value, name));
  }
}

function printRequirement(module: MessageModule, field: FieldPlan, name: string, wrong: string): void {
  const arguments_ = `${name}, ${JSON.stringify(field.path)}, ${JSON.stringify(expectationOf(field.value))}`;
  module.writer.writeLine(`if (${wrong}) throw ${module.wire("missingOrWrong")}(${arguments_});`);
}

/** A oneof that holds what is none of its members would be lost without a word. */
export function printOneofChecks(
  module: MessageModule,
  plan: MessagePlan,
  variables: ReadonlyMap<string, string>,
): void {
  const { writer } = module;
  for (const { name: property, fields } of plan.oneofs) {
    if (fields.length === 0) continue;
    const name = variables.get(property)!;
    const path = JSON.stringify(`${plan.fullName}.${property}`);
    const shape = JSON.stringify("an object with `case` and `value`");
    writer.writeLine(
      `if (${name} !== undefined && typeof ${name} !== "object") throw ${module.wire("wrongValue")}(${path}, ${shape}, ${name});`,
    );
    writer.write(`switch (${name}?.case) `).block(() => {
      writer.writeLine("case undefined:");
      for (const field of fields) writer.writeLine(`case ${JSON.stringify(field.name)}:`);
      writer.indent(() => writer.writeLine("break;"));
      const members = fields.map((field) => field.name).join(", ");
      writer.writeLine("default:").indent(() => {
        const value = `(${name} as { case?: unknown }).case`;
        writer.writeLine(
          `throw ${module.wire("wrongValue")}(${path}, ${JSON.stringify(`one of ${members}`)}, ${value});`,
        );
      });
    });
  }
}

/** A property that even an object without it seems to have. */
function readOwn(property: string): string {
  const key = JSON.stringify(property);
  return `(Object.hasOwn(message, ${key}) ? message[${key}] : undefined)!`;
}

const SINGLE = new Set<FieldPlan["shape"]>(["plain", "optional", "required"]);

/** A field of one value that is no message: part of a stretch. */
export function isSingle(field: FieldPlan): boolean {
  return SINGLE.has(field.shape) && field.value.kind !== "message";
}

function printFields(module: MessageModule, plan: MessagePlan): void {
  const variables = module.variables(plan);
  const flat = plan.fields.every(isSingle);
  if (!flat && plan.fields.some(usesBytes))
    module.writer.writeLine("let bytes: Uint8Array;").writeLine("let at: number;");
  let stretch: FieldPlan[] = [];
  const flush = () => {
    if (stretch.length > 0) printStretch(module, plan, variables, stretch, flat);
    stretch = [];
  };
  for (const field of plan.fields) {
    if (isSingle(field)) {
      stretch.push(field);
      continue;
    }
    flush();
    const name = variables.get(propertyOf(plan, field))!;
    if (field.shape === "oneof") printOneofMember(module, field, name);
    else if (field.shape === "map") printMapField(module, field, name);
    else if (field.shape === "repeated") printRepeatedField(module, field, name);
    else printMessageField(module, field, name);
  }
  flush();
}

/** Whether everything is checked before the first byte is written: there is nothing to restore when it throws. */
export function isFlat(plan: MessagePlan): boolean {
  return plan.fields.every(isSingle) && !plan.keepsUnknown;
}

/** Whether the field's code writes values of its own, and not only calls another message's. */
function usesBytes(field: FieldPlan): boolean {
  return field.shape === "map" || field.value.kind !== "message";
}

function printStretch(
  module: MessageModule,
  plan: MessagePlan,
  variables: ReadonlyMap<string, string>,
  stretch: readonly FieldPlan[],
  declare: boolean,
): void {
  const { writer } = module;
  const name = (field: FieldPlan) => variables.get(propertyOf(plan, field))!;
  reserve(
    module,
    stretch.map((field) => ({
      value: field.value,
      name: name(field),
      tag: field.tag,
      optional: field.shape === "optional",
    })),
    declare,
  );
  for (const field of stretch) {
    const lines = [...tagLines(field.tag), ...writeLines(module, field.value, name(field))];
    if (field.shape === "required") {
      for (const line of lines) writer.writeLine(line);
      continue;
    }
    const condition = field.shape === "optional" ? `${name(field)} !== undefined` : isSet(field.value, name(field));
    writer.write(`if (${condition}) `).block(() => {
      for (const line of lines) writer.writeLine(line);
    });
  }
  writer.writeLine("slab.length = at;");
}
