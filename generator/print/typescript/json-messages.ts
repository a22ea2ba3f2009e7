/** Prints the module of one `.proto` file's JSON codecs, which stands beside the module of its messages. */
import type { EnumType, ProtoFile } from "../../model.js";
import { type MessagePlan, planMessage } from "../../plan/index.js";
import type { ImportStyle } from "./import-style.js";
import { JsonModule, type JsonPlaces } from "./json-module.js";
import { jsonNamesOf } from "./json-names.js";
import { printJsonRead } from "./json-read.js";
import { isSpecial, printSpecial } from "./json-special.js";
import { printJsonWrite } from "./json-write.js";

interface Files {
  readonly protoFiles: readonly ProtoFile[];
}

/** The module's text, without a first line. `model` needs nothing but the proto files. */
export function printJsonMessages(file: ProtoFile, model: Files, imports: ImportStyle, places: JsonPlaces): string {
  const plans = new Map<string, MessagePlan>(
    model.protoFiles.flatMap(({ messages }) =>
      messages.map((message) => [message.fullName, planMessage(message, model)]),
    ),
  );
  const module = new JsonModule(file, model.protoFiles, plans, imports, places);
  for (const type of file.enums) printEnum(module, type);
  for (const { fullName } of file.messages) {
    const plan = plans.get(fullName)!;
    module.current = plan;
    printCodec(module, plan);
    if (isSpecial(fullName)) {
      printSpecial(module, plan, model.protoFiles);
    } else {
      printJsonRead(module, plan);
      printJsonWrite(module, plan);
    }
  }
  return module.toString();
}

/** What the JSON codec of a message is called in its module. */
export function jsonCodecName(file: ProtoFile, fullName: string): string {
  return jsonNamesOf(file).messages.get(fullName)!.codec;
}

function printCodec(module: JsonModule, { fullName }: MessagePlan): void {
  const type = module.typeName(fullName);
  const mapping = module.json(fullName, "mapping");
  const functions = `{ read: ${module.json(fullName, "read")}, write: ${module.json(fullName, "write")} }`;
  module.writer
    .writeLine(`export const ${mapping}: ${module.wireType("JsonMapping")}<${type}> = ${functions};`)
    .blankLine();
  const codec = `${module.wire("jsonCodec")}(${module.protobufCodec(fullName)}, ${mapping})`;
  module.writer
    .writeLine(`export const ${module.json(fullName, "codec")}: ${module.wireType("BodyCodec")}<${type}> = ${codec};`)
    .blankLine();
}

function printEnum(module: JsonModule, type: EnumType): void {
  const { writer } = module;
  const { numbers, write } = jsonNamesOf(module.file).enums.get(type.fullName)!;
  writer.write(`export const ${numbers}: ReadonlyMap<string, number> = new Map([`).newLine();
  writer.indent(() => {
    for (const { name, number } of type.values) writer.writeLine(`[${JSON.stringify(name)}, ${number}],`);
  });
  writer.writeLine("]);").blankLine();
  writer.write(`export function ${write}(value: number): string `).block(() => {
    writer.write("switch (value) ").block(() => {
      const seen = new Set<number>();
      for (const { name, number } of type.values) {
        // Of several names for one number, the first.
        if (seen.has(number)) continue;
        seen.add(number);
        const text = JSON.stringify(JSON.stringify(name));
        writer.writeLine(`case ${number}:`).indent(() => writer.writeLine(`return ${text};`));
      }
      writer.writeLine("default:").indent(() => writer.writeLine("return String(value);"));
    });
  });
  writer.blankLine();
}
