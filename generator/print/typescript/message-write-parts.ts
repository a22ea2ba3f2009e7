/** Encoders of the fields that are more than one value: messages, repeated fields, maps and members of a oneof. */
import type { FieldPlan, ValuePlan } from "../../plan/index.js";
import type { MessageModule } from "./message-module.js";
import { reserve } from "./reservation.js";
import { expectationOf, fromDecimal, isDecimal, isWrong, tagBytes, tagLines, writeLines } from "./values.js";

export function printMessageField(module: MessageModule, field: FieldPlan, name: string): void {
  if (field.shape === "required") {
    module.writer.inlineBlock(() => printNested(module, field.tag, field.value, name)).newLine();
    return;
  }
  module.writer
    .write(`if (${name} !== undefined && ${name} !== null) `)
    .block(() => printNested(module, field.tag, field.value, name));
}

/** A nested message with its tag and length, or between the two tags of a group. */
function printNested(module: MessageModule, tag: number, value: ValuePlan, name: string): void {
  const { writer } = module;
  const depth = module.plan(value.fullName!).recursive ? `, ${depthInside(module)}` : "";
  const group = value.wireType === 3;
  const writeTag = (which: number) => `${module.wire("writeTag")}(slab, ${which});`;
  writer.writeLine(group ? writeTag(tag) : `const start = ${module.wire("openLength")}(slab, ${tag});`);
  writer.writeLine(`${module.functionName(value.fullName!, "write")}(${name}, slab${depth});`);
  writer.writeLine(group ? writeTag(tag + 1) : `${module.wire("closeLength")}(slab, start);`);
}

/** A message that reaches a circle counts from its caller on, or from nothing when its caller is in none. */
const depthInside = (module: MessageModule) => (module.current.recursive ? "depth + 1" : "0");

export function printOneofMember(module: MessageModule, field: FieldPlan, name: string): void {
  const { writer } = module;
  writer.write(`if (${name}?.case === ${JSON.stringify(field.name)}) `).block(() => {
    if (field.value.kind === "message") {
      printNested(module, field.tag, field.value, `${name}.value`);
      return;
    }
    printChecked(module, field.value, `${name}.value`, JSON.stringify(field.path));
    reserve(module, [{ value: field.value, name: "value", tag: field.tag }]);
    for (const line of [...tagLines(field.tag), ...writeLines(module, field.value, "value")]) writer.writeLine(line);
    writer.writeLine("slab.length = at;");
  });
}

/** `const <variable>`: the value of an expression, checked. */
export function printChecked(
  module: MessageModule,
  value: ValuePlan,
  expression: string,
  path: string,
  variable = "value",
): void {
  if (isDecimal(value)) {
    module.writer.writeLine(`const ${variable} = ${fromDecimal(module, value, expression, path)};`);
    return;
  }
  module.writer.writeLine(`const ${variable} = ${expression};`);
  printRefusal(module, value, variable, path);
}

function printRefusal(module: MessageModule, value: ValuePlan, name: string, path: string): void {
  const error = `${module.wire("wrongValue")}(${path}, ${JSON.stringify(expectationOf(value))}, ${name})`;
  module.writer.writeLine(`if (${isWrong(module, value, name)}) throw ${error};`);
}

export const elementPath = (field: FieldPlan) => `\`${field.path}[\${index}]\``;

export function printRepeatedField(module: MessageModule, field: FieldPlan, name: string): void {
  const { writer } = module;
  const { value } = field;
  const expected = `${JSON.stringify(field.path)}, "an array"`;
  writer.writeLine(`if (!Array.isArray(${name})) ${name} = ${module.wire("orDefault")}(${name}, [], ${expected});`);
  const each = (body: () => void) => writer.write(`for (let index = 0; index < ${name}.length; index++) `).block(body);
  if (value.kind === "message") {
    each(() => printNested(module, field.tag, value, `${name}[index]!`));
    return;
  }
  writer.write(`if (${name}.length > 0) `).block(() => {
    if (isDecimal(value)) {
      each(() => {
        printChecked(module, value, `${name}[index]`, elementPath(field));
        reserve(module, [{ value, name: "value", tag: field.tag }]);
        for (const line of [...tagLines(field.tag), ...writeLines(module, value, "value")]) writer.writeLine(line);
        writer.writeLine("slab.length = at;");
      });
      return;
    }
    if (value.maximum === null) {
      writer.writeLine("let total = 0;");
      each(() => {
        printChecked(module, value, `${name}[index]`, elementPath(field));
        writer.writeLine("total += value.length;");
      });
      // A UTF-16 unit takes at most three bytes.
      const total = value.kind === "string" ? "total * 3" : "total";
      writer.writeLine(`slab.reserve(${name}.length * ${tagBytes(field.tag).length + 5} + ${total});`);
      writer.writeLine("bytes = slab.bytes;").writeLine("at = slab.length;");
      each(() => {
        for (const line of [...tagLines(field.tag), ...writeLines(module, value, `${name}[index]!`)])
          writer.writeLine(line);
      });
      writer.writeLine("slab.length = at;");
      return;
    }
    const perValue = value.maximum + (field.packed ? 0 : tagBytes(field.tag).length);
    const once = field.packed ? tagBytes(field.packedTag!).length + 5 : 0;
    writer.writeLine(`slab.reserve(${once > 0 ? `${once} + ` : ""}${name}.length * ${perValue});`);
    writer.writeLine("bytes = slab.bytes;").writeLine("at = slab.length;");
    if (field.packed) for (const line of [...tagLines(field.packedTag!), "const start = ++at;"]) writer.writeLine(line);
    each(() => {
      printChecked(module, value, `${name}[index]`, elementPath(field));
      const tag = field.packed ? [] : tagLines(field.tag);
      for (const line of [...tag, ...writeLines(module, value, "value")]) writer.writeLine(line);
    });
    writer.writeLine("slab.length = at;");
    if (field.packed) writer.writeLine(`${module.wire("closeLength")}(slab, start);`);
  });
}

export function printMapField(module: MessageModule, field: FieldPlan, name: string): void {
  const { writer } = module;
  const path = JSON.stringify(field.path);
  writer.writeLine(
    `if (!(${name} instanceof Map)) ${name} = ${module.wire("orDefault")}(${name}, new Map(), ${path}, "a Map");`,
  );
  writer.write(`for (const [entryKey, entryValue] of ${name}) `).block(() => {
    const keyTag = 8 + field.key!.wireType;
    const valueTag = 16 + field.value.wireType;
    printChecked(module, field.key!, "entryKey", path, "key");
    const scalar = field.value.kind !== "message";
    if (scalar) printChecked(module, field.value, "entryValue", path);
    writer.writeLine(`const entry = ${module.wire("openLength")}(slab, ${field.tag});`);
    const values = [{ value: field.key!, name: "key", tag: keyTag }];
    if (scalar) values.push({ value: field.value, name: "value", tag: valueTag });
    reserve(module, values);
    for (const line of [...tagLines(keyTag), ...writeLines(module, field.key!, "key")]) writer.writeLine(line);
    if (scalar)
      for (const line of [...tagLines(valueTag), ...writeLines(module, field.value, "value")]) writer.writeLine(line);
    writer.writeLine("slab.length = at;");
    if (!scalar) printNested(module, valueTag, field.value, "entryValue");
    writer.writeLine(`${module.wire("closeLength")}(slab, entry);`);
  });
}
