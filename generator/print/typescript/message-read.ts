/**
 * Decoders in TypeScript: a loop over tags, one case a field, values in variables, and the object made at the end, so that all
 * messages of a type have one shape.
 */
import { DEEPEST_NESTING, type FieldPlan, type MessagePlan, type ValuePlan } from "../../plan/index.js";
import { propertyKey } from "../names.js";
import { type MessageModule, propertyOf } from "./message-module.js";
import { emptyOf, typeOfField } from "./message-type.js";
import { readLines, typeOfValue, zeroOf } from "./values.js";

export function printRead(module: MessageModule, plan: MessagePlan): void {
  const { type, read } = module.names.messages.get(plan.fullName)!;
  const { writer } = module;
  const slab = `slab: ${module.wireType("Slab")}`;
  const parameters = [slab, "at: number", "end: number"];
  if (plan.recursive) parameters.push("depth: number");
  if (plan.merges) parameters.push(`into?: ${type}`);
  writer.write(`export function ${read}(${parameters.join(", ")}): ${type} `).block(() => {
    if (plan.recursive) writer.writeLine(`if (depth > ${DEEPEST_NESTING}) throw ${module.wire("tooDeep")}();`);
    writer.writeLine("const { bytes } = slab;");
    const variables = module.variables(plan);
    for (const [property, name] of variables) printVariable(module, plan, property, name);
    if (plan.merges && plan.fields.length > 0)
      writer.writeLine(`if (into !== undefined) (${objectOf(variables)} = into);`);
    if (plan.keepsUnknown) writer.writeLine(`let kept: ${module.wireType("KeptFields")} | undefined;`);
    printLoop(module, plan, variables);
    if (!plan.keepsUnknown) {
      writer.writeLine(`return ${objectOf(variables)};`);
      return;
    }
    const symbol = module.wire("unknownFields");
    const before = plan.merges ? `into?.[${symbol}]` : "undefined";
    const kept = `[${symbol}]: ${module.wire("keptFields")}(bytes, kept, ${before})`;
    writer.writeLine(`return ${objectOf(variables, [kept])};`);
  });
  writer.blankLine();
}

/** What a message requires can only be missed when all pieces of it are there: after all has been read. */
export function printCheck(module: MessageModule, plan: MessagePlan): void {
  const { type, check } = module.names.messages.get(plan.fullName)!;
  const { writer } = module;
  writer.write(`export function ${check}(message: ${type}): void `).block(() => {
    for (const field of plan.fields) {
      const source = `message[${JSON.stringify(propertyOf(plan, field))}]`;
      if (field.shape === "required") {
        writer.writeLine(
          `if (${source} === undefined) throw ${module.wire("missingField")}(${JSON.stringify(field.path)});`,
        );
      }
      if (field.value.kind !== "message" || !module.plan(field.value.fullName!).requires) continue;
      const inner = module.functionName(field.value.fullName!, "check");
      if (field.shape === "required") writer.writeLine(`${inner}(${source});`);
      else if (field.shape === "optional") writer.writeLine(`if (${source} !== undefined) ${inner}(${source});`);
      else if (field.shape === "repeated") writer.writeLine(`for (const value of ${source}) ${inner}(value);`);
      else if (field.shape === "map") writer.writeLine(`for (const value of ${source}.values()) ${inner}(value);`);
      else writer.writeLine(`if (${source}.case === ${JSON.stringify(field.name)}) ${inner}(${source}.value);`);
    }
  });
  writer.blankLine();
}

export function objectOf(variables: ReadonlyMap<string, string>, more: readonly string[] = []): string {
  const list = [...variables].map(([property, name]) =>
    property === name ? name : `${propertyKey(property)}: ${name}`,
  );
  list.push(...more);
  return list.length === 0 ? "{}" : `{ ${list.join(", ")} }`;
}

export function printVariable(module: MessageModule, plan: MessagePlan, property: string, name: string): void {
  const field = plan.fields.find(({ name, oneof }) => oneof === null && name === property);
  const type = module.typeName(plan.fullName);
  const declared = field === undefined ? `${type}[${JSON.stringify(property)}]` : typeOfField(module, field);
  const line =
    field?.shape === "optional"
      ? `let ${name}: ${declared} | undefined;`
      : field?.shape === "required"
        ? `let ${name}!: ${declared};`
        : `let ${name}: ${declared} = ${emptyOf(module, plan, property)};`;
  module.writer.writeLine(line);
}

function printLoop(module: MessageModule, plan: MessagePlan, variables: ReadonlyMap<string, string>): void {
  const { writer } = module;
  writer.write("while (at < end) ").block(() => {
    if (plan.keepsUnknown) writer.writeLine("const from = at;");
    printTag(module, "end");
    const skip = [`at = ${module.wire("skipField")}(bytes, at, end, tag);`];
    if (plan.keepsUnknown) skip.push(keep(module));
    if (plan.fields.length === 0) {
      for (const line of skip) writer.writeLine(line);
      return;
    }
    writer.write("switch (tag) ").block(() => {
      for (const field of plan.fields) printCase(module, plan, field, variables.get(propertyOf(plan, field))!);
      writer.writeLine("default:").indent(() => {
        for (const line of skip) writer.writeLine(line);
      });
    });
  });
  writer.writeLine(`if (at !== end) throw ${module.wire("truncated")}();`);
}

/** The statement that keeps the field from `from` to `at`. */
const keep = (module: MessageModule) => `kept = ${module.wire("keepField")}(kept, from, at);`;

/** Assigns what an enum knows; what a closed one does not know is an unknown field. */
function knowing(
  module: MessageModule,
  plan: MessagePlan,
  value: ValuePlan,
  assign: (expression: string) => string,
  unknown = keep,
): (expression: string) => string {
  if (!value.closed) return assign;
  const otherwise = plan.keepsUnknown ? ` else ${unknown(module)}` : "";
  return (expression) => `if (${module.guardName(value.fullName!)}(${expression})) ${assign(expression)}${otherwise}`;
}

function printTag(module: MessageModule, end: string): void {
  const { writer } = module;
  writer.writeLine("let tag = bytes[at++]!;");
  writer.write("if (tag > 127) ").block(() => {
    writer.writeLine(`tag = ${module.wire("readUnsigned32")}(bytes, at - 1, ${end});`);
    writer.writeLine(`at = ${module.wire("cursor")}.at;`);
  });
}

function printCase(module: MessageModule, plan: MessagePlan, field: FieldPlan, name: string): void {
  const { writer } = module;
  const body = (lines: () => void) =>
    writer.inlineBlock(() => {
      lines();
      writer.writeLine("break;");
    });
  writer.write(`case ${field.tag}: `);
  body(() => {
    if (field.shape === "map") printEntry(module, plan, field, name);
    else if (field.shape === "repeated") printValue(module, plan, field.value, (value) => `${name}.push(${value});`);
    else if (field.shape === "oneof") printMember(module, plan, field, name);
    else
      printValue(
        module,
        plan,
        field.value,
        (value) => `${name} = ${value};`,
        field.value.kind === "message" ? name : undefined,
      );
  });
  writer.newLine();
  if (field.packedTag === null) return;
  writer.write(`case ${field.packedTag}: `);
  body(() => {
    writer.writeLine(`const stop = ${module.wire("readStop")}(bytes, at, end);`);
    writer.writeLine(`at = ${module.wire("cursor")}.at;`);
    writer.write("while (at < stop) ").block(() => {
      const unknown = () => `kept = ${module.wire("keepVarint")}(kept, ${field.tag}, value);`;
      const push = knowing(module, plan, field.value, (value) => `${name}.push(${value});`, unknown);
      for (const line of readLines(module, field.value, push, "stop")) writer.writeLine(line);
    });
  });
  writer.newLine();
}

/** One value, a message or not. A message continues `into` when there is one already. */
function printValue(
  module: MessageModule,
  plan: MessagePlan,
  value: ValuePlan,
  assign: (expression: string) => string,
  into?: string,
  end = "end",
): void {
  const { writer } = module;
  if (value.kind !== "message") {
    const known = knowing(module, plan, value, assign);
    for (const line of readLines(module, value, end === "end" ? known : assign, end)) writer.writeLine(line);
    return;
  }
  const depth = module.plan(value.fullName!).recursive ? [plan.recursive ? "depth + 1" : "0"] : [];
  const merge = into === undefined ? [] : [into];
  if (value.wireType === 3) {
    writer.writeLine(`const stop = ${module.wire("readGroup")}(bytes, at, ${end}, tag);`);
    writer.writeLine(`const next = ${module.wire("cursor")}.at;`);
    const arguments_ = ["slab", "at", "stop", ...depth, ...merge].join(", ");
    writer.writeLine(assign(`${module.functionName(value.fullName!, "read")}(${arguments_})`));
    writer.writeLine("at = next;");
    return;
  }
  const arguments_ = ["slab", `${module.wire("cursor")}.at`, "stop", ...depth, ...merge].join(", ");
  writer.writeLine(`const stop = ${module.wire("readStop")}(bytes, at, ${end});`);
  writer.writeLine(assign(`${module.functionName(value.fullName!, "read")}(${arguments_})`));
  writer.writeLine("at = stop;");
}

function printMember(module: MessageModule, plan: MessagePlan, field: FieldPlan, name: string): void {
  const member = JSON.stringify(field.name);
  const assign = (value: string) => `${name} = { case: ${member}, value: ${value} };`;
  const into = field.value.kind === "message" ? `${name}.case === ${member} ? ${name}.value : undefined` : undefined;
  printValue(module, plan, field.value, assign, into);
}

/** The message that an entry without one stands for. One that requires something is made by reading nothing, and found out later. */
function absentMessage(module: MessageModule, plan: MessagePlan, value: ValuePlan): string {
  const { requires, recursive } = module.plan(value.fullName!);
  if (!requires) return zeroOf(module, value);
  const depth = recursive ? [plan.recursive ? "depth + 1" : "0"] : [];
  return `${module.functionName(value.fullName!, "read")}(${["slab", "at", "at", ...depth].join(", ")})`;
}

/** An entry is a message of two fields; either may be missing, doubled or followed by others. */
function printEntry(module: MessageModule, plan: MessagePlan, field: FieldPlan, name: string): void {
  const { writer } = module;
  const isMessage = field.value.kind === "message";
  writer.writeLine(`const entry = ${module.wire("readStop")}(bytes, at, end);`);
  writer.writeLine(`at = ${module.wire("cursor")}.at;`);
  writer.writeLine(`let entryKey: ${typeOfValue(module, field.key!)} = ${zeroOf(module, field.key!)};`);
  // Whether a closed enum knows the number is asked at the end: an entry it does not know is an unknown field as a whole.
  const valueType = field.value.closed ? "number" : typeOfValue(module, field.value);
  writer.writeLine(
    isMessage
      ? `let entryValue: ${valueType} | undefined;`
      : `let entryValue: ${valueType} = ${zeroOf(module, field.value)};`,
  );
  writer.write("while (at < entry) ").block(() => {
    printTag(module, "entry");
    writer.write("switch (tag) ").block(() => {
      const part = (tag: number, value: ValuePlan, variable: string) => {
        writer.write(`case ${tag}: `).inlineBlock(() => {
          const into = value.kind === "message" ? variable : undefined;
          printValue(module, plan, value, (expression) => `${variable} = ${expression};`, into, "entry");
          writer.writeLine("break;");
        });
        writer.newLine();
      };
      part(8 + field.key!.wireType, field.key!, "entryKey");
      part(16 + field.value.wireType, field.value, "entryValue");
      writer
        .writeLine("default:")
        .indent(() => writer.writeLine(`at = ${module.wire("skipField")}(bytes, at, entry, tag);`));
    });
  });
  writer.writeLine(`if (at !== entry) throw ${module.wire("truncated")}();`);
  const value = isMessage ? `entryValue ?? ${absentMessage(module, plan, field.value)}` : "entryValue";
  writer.writeLine(knowing(module, plan, field.value, (value) => `${name}.set(entryKey, ${value});`)(value));
}
