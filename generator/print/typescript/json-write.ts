/** Writers of JSON in TypeScript: the text of a message, put together field by field. */
import { DEEPEST_NESTING, type FieldPlan, type MessagePlan } from "../../plan/index.js";
import type { JsonModule } from "./json-module.js";
import { keyTemplate, templateOf } from "./json-values.js";
import { propertyOf } from "./message-module.js";
import { isSingle, printChecks, printOneofChecks } from "./message-write.js";
import { elementPath, printChecked } from "./message-write-parts.js";
import { isSet } from "./values.js";

export function printJsonWrite(module: JsonModule, plan: MessagePlan): void {
  const { writer } = module;
  const depth = plan.recursive ? ", depth: number" : "";
  const type = module.typeName(plan.fullName);
  const name = JSON.stringify(plan.fullName);
  writer
    .write(`export function ${module.json(plan.fullName, "write")}(message: ${type}${depth}): string `)
    .block(() => {
      const notObject = `${module.wire("wrongValue")}(${name}, "an object", message)`;
      writer.writeLine(`if (typeof message !== "object" || message === null) throw ${notObject};`);
      if (plan.recursive) {
        const expected = JSON.stringify(`messages nested at most ${DEEPEST_NESTING} deep`);
        const tooDeep = `${module.wire("wrongValue")}(${name}, ${expected}, message)`;
        writer.writeLine(`if (depth > ${DEEPEST_NESTING}) throw ${tooDeep};`);
      }
      if (plan.fields.length === 0) {
        writer.writeLine('return "{}";');
        return;
      }
      printChecks(module, plan);
      printOneofChecks(module, plan, module.variables(plan));
      writer.writeLine('let text = "";');
      const variables = module.variables(plan);
      for (const field of plan.fields) printField(module, plan, field, variables.get(propertyOf(plan, field))!);
      writer.writeLine(`return ${module.wire("between")}("{", text, "}");`);
    });
  writer.blankLine();
}

const depthInside = (plan: MessagePlan) => (plan.recursive ? "depth + 1" : "0");

function printField(module: JsonModule, plan: MessagePlan, field: FieldPlan, name: string): void {
  const { writer } = module;
  const depth = depthInside(plan);
  const key = inTemplate(`,${JSON.stringify(field.jsonNames[0])}:`);
  const add = (value: string) => `text += \`${key}${templateOf(module, field.value, value, depth)}\`;`;
  if (isSingle(field) || field.shape === "required") {
    const condition = field.shape === "optional" ? `${name} !== undefined` : isSet(field.value, name);
    writer.writeLine(field.shape === "required" ? add(name) : `if (${condition}) ${add(name)}`);
  } else if (field.shape === "optional") {
    writer.writeLine(`if (${name} !== undefined && ${name} !== null) ${add(name)}`);
  } else if (field.shape === "oneof") {
    writer.write(`if (${name}?.case === ${JSON.stringify(field.name)}) `).block(() => {
      if (field.value.kind === "message") {
        writer.writeLine(add(`${name}.value`));
        return;
      }
      printChecked(module, field.value, `${name}.value`, JSON.stringify(field.path));
      writer.writeLine(add("value"));
    });
  } else if (field.shape === "repeated") printList(module, plan, field, name, key);
  else printMap(module, plan, field, name, key);
}

function printList(module: JsonModule, plan: MessagePlan, field: FieldPlan, name: string, key: string): void {
  const { writer } = module;
  const expected = `${JSON.stringify(field.path)}, "an array"`;
  writer.writeLine(`if (!Array.isArray(${name})) ${name} = ${module.wire("orDefault")}(${name}, [], ${expected});`);
  writer.write(`if (${name}.length > 0) `).block(() => {
    writer.writeLine('let list = "";');
    writer.write(`for (let index = 0; index < ${name}.length; index++) `).block(() => {
      if (field.value.kind === "message") writer.writeLine(`const value = ${name}[index]!;`);
      else printChecked(module, field.value, `${name}[index]`, elementPath(field));
      writer.writeLine(`list += \`,${templateOf(module, field.value, "value", depthInside(plan))}\`;`);
    });
    writer.writeLine(`text += \`${key}\${${module.wire("between")}("[", list, "]")}\`;`);
  });
}

function printMap(module: JsonModule, plan: MessagePlan, field: FieldPlan, name: string, key: string): void {
  const { writer } = module;
  const path = JSON.stringify(field.path);
  const fallback = `${module.wire("orDefault")}(${name}, new Map(), ${path}, "a Map")`;
  writer.writeLine(`if (!(${name} instanceof Map)) ${name} = ${fallback};`);
  writer.write(`if (${name}.size > 0) `).block(() => {
    writer.writeLine('let list = "";');
    writer.write(`for (const [entryKey, entryValue] of ${name}) `).block(() => {
      printChecked(module, field.key!, "entryKey", path, "key");
      if (field.value.kind === "message") writer.writeLine("const value = entryValue;");
      else printChecked(module, field.value, "entryValue", path);
      const value = templateOf(module, field.value, "value", depthInside(plan));
      writer.writeLine(`list += \`,${keyTemplate(module, field.key!)}:${value}\`;`);
    });
    writer.writeLine(`text += \`${key}\${${module.wire("between")}("{", list, "}")}\`;`);
  });
}

/** A text as it stands between backquotes. */
function inTemplate(text: string): string {
  return text.replace(/[\\`]|\$(?=\{)/g, "\\$&");
}
