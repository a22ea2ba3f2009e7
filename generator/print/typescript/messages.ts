/** Prints the module of one `.proto` file: types, constants and codecs. */
import type { ProtoFile } from "../../model.js";
import { type MessagePlan, planMessage } from "../../plan/index.js";
import { propertyKey } from "../names.js";
import { namesOf } from "./file-names.js";
import type { ImportStyle } from "./import-style.js";
import { MessageModule } from "./message-module.js";
import { printCheck, printRead } from "./message-read.js";
import { printCreate, printDefaultsType, printEnum, printInterface, withDefaults } from "./message-type.js";
import { isFlat, printWrite } from "./message-write.js";
import { literalOf } from "./values.js";

interface Files {
  readonly protoFiles: readonly ProtoFile[];
}

/**
 * The text of `messages/<file.name>.ts`, without a first line. `model` needs nothing but the proto files, among them `file` and
 * those it imports; modules import each other by paths relative to their files' names.
 */
export function printMessages(file: ProtoFile, model: Files, imports: ImportStyle): string {
  const plans = new Map<string, MessagePlan>(
    model.protoFiles.flatMap(({ messages }) =>
      messages.map((message) => [message.fullName, planMessage(message, model)]),
    ),
  );
  const module = new MessageModule(file, model.protoFiles, plans, imports);
  for (const type of file.enums) printEnum(module, type);
  for (const { fullName, doc } of file.messages) {
    const plan = plans.get(fullName)!;
    module.current = plan;
    printInterface(module, plan, doc);
    printCodec(module, plan);
    printCreate(module, plan);
    printEncode(module, plan);
    printDecode(module, plan);
    printWrite(module, plan);
    printRead(module, plan);
    if (plan.requires) printCheck(module, plan);
  }
  return module.toString();
}

/** What the module of a file offers to users: one name a message and enum, which is a type and a value at once. */
export function messageNames(file: ProtoFile): string[] {
  const { messages, enums } = namesOf(file);
  return [...enums.values(), ...[...messages.values()].map(({ type }) => type)];
}

function printCodec(module: MessageModule, plan: MessagePlan): void {
  const { type, encode, decode, create } = module.names.messages.get(plan.fullName)!;
  const defaults = withDefaults(plan);
  const and = defaults.length === 0 ? "" : ` & ${printDefaultsType(module, defaults)}`;
  module.writer.write(`export const ${type}: ${module.wireType("BodyCodec")}<${type}>${and} = `).inlineBlock(() => {
    module.writer.writeLine(`name: ${JSON.stringify(plan.fullName)},`);
    module.writer.writeLine(`encode: ${encode},`);
    module.writer.writeLine(`decode: ${decode},`);
    module.writer.writeLine(`create: ${create},`);
    if (defaults.length === 0) return;
    const values = defaults.map((field) => `${propertyKey(field.name)}: ${literalOf(field.value, field.default!)}`);
    module.writer.writeLine(`defaults: { ${values.join(", ")} },`);
  });
  module.writer.write(";").newLine().blankLine();
}

function printEncode(module: MessageModule, plan: MessagePlan): void {
  const { type, encode, write } = module.names.messages.get(plan.fullName)!;
  const { writer } = module;
  const call = `${write}(message, slab${plan.recursive ? ", 0" : ""});`;
  writer.write(`function ${encode}(message: ${type}, slab: ${module.wireType("Slab")}): void `).block(() => {
    if (isFlat(plan)) {
      writer.writeLine(call);
      return;
    }
    writer.writeLine("const start = slab.length;");
    writer.write("try ").inlineBlock(() => writer.writeLine(call));
    writer.write(" catch (error) ").block(() => writer.writeLine("slab.length = start;").writeLine("throw error;"));
  });
  writer.blankLine();
}

function printDecode(module: MessageModule, plan: MessagePlan): void {
  const { type, check, decode, read } = module.names.messages.get(plan.fullName)!;
  const { writer } = module;
  const slab = `slab: ${module.wireType("Slab")}`;
  writer.write(`function ${decode}(${slab}, start: number, end: number): ${type} `).block(() => {
    if (hasText(plan, module)) writer.writeLine(`${module.wire("beginBody")}(end);`);
    const call = `${read}(slab, start, end${plan.recursive ? ", 0" : ""})`;
    writer.write("try ").inlineBlock(() => {
      if (!plan.requires) {
        writer.writeLine(`return ${call};`);
        return;
      }
      writer.writeLine(`const message = ${call};`).writeLine(`${check}(message);`).writeLine("return message;");
    });
    writer.write(" catch (error) ").block(() => {
      writer.writeLine(`throw ${module.wire("inMessage")}(${JSON.stringify(plan.fullName)}, error);`);
    });
  });
  writer.blankLine();
}

/** Whether decoding the message may meet a string, its own or a nested message's. */
function hasText(plan: MessagePlan, module: MessageModule, seen = new Set<string>()): boolean {
  if (seen.has(plan.fullName)) return false;
  seen.add(plan.fullName);
  return plan.fields.some(
    ({ value, key }) =>
      value.kind === "string" ||
      key?.kind === "string" ||
      (value.kind === "message" && hasText(module.plan(value.fullName!), module, seen)),
  );
}

/** A message's fields and their numbers, for `SessionCodec.fields`: the text of an object that inherits nothing. */
export function sessionFields(fullName: string, model: Files): Map<string, number> {
  const message = model.protoFiles.flatMap(({ messages }) => messages).find((each) => each.fullName === fullName);
  if (message === undefined) throw new Error(`message ${fullName} is in no file`);
  return new Map(message.fields.map(({ name, number }) => [name, number]));
}
