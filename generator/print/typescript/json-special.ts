/** Messages whose JSON is not an object of their fields: those of `google/protobuf/`. */
import type { ProtoFile } from "../../model.js";
import type { MessagePlan } from "../../plan/index.js";
import type { JsonModule } from "./json-module.js";
import { readExpression, templateOf } from "./json-values.js";
import type { WireName } from "./message-module.js";
import { printChecks } from "./message-write.js";

const PACKAGE = "google.protobuf.";

/** Messages with functions of their own in `wire/`. */
const FUNCTIONS: ReadonlyMap<string, { read: WireName; write: WireName; depth: boolean }> = new Map([
  [`${PACKAGE}Timestamp`, { read: "readTimestamp", write: "writeTimestamp", depth: false }],
  [`${PACKAGE}Duration`, { read: "readDuration", write: "writeDuration", depth: false }],
  [`${PACKAGE}FieldMask`, { read: "readFieldMask", write: "writeFieldMask", depth: false }],
  [`${PACKAGE}Struct`, { read: "readStruct", write: "writeStruct", depth: true }],
  [`${PACKAGE}Value`, { read: "readValue", write: "writeValue", depth: true }],
  [`${PACKAGE}ListValue`, { read: "readList", write: "writeList", depth: true }],
]);

const WRAPPER = /^google\.protobuf\.(?:Double|Float|U?Int(?:32|64)|Bool|String|Bytes)Value$/;
const ANY = `${PACKAGE}Any`;

export function isSpecial(fullName: string): boolean {
  return fullName === ANY || FUNCTIONS.has(fullName) || WRAPPER.test(fullName);
}

/** `files` are all that an Any may hold a message of. */
export function printSpecial(module: JsonModule, plan: MessagePlan, files: readonly ProtoFile[]): void {
  if (plan.fullName === ANY) printAny(module, plan, files);
  else if (WRAPPER.test(plan.fullName)) printWrapper(module, plan);
  else printByFunctions(module, plan);
}

function printByFunctions(module: JsonModule, plan: MessagePlan): void {
  const { read, write, depth } = FUNCTIONS.get(plan.fullName)!;
  const parameter = depth ? ", depth: number" : "";
  const argument = depth ? ", depth" : "";
  printFunctions(module, plan, parameter, {
    read: [`return ${module.wire(read)}(json${argument});`],
    write: () => module.writer.writeLine(`return ${module.wire(write)}(message${argument});`),
  });
}

function printWrapper(module: JsonModule, plan: MessagePlan): void {
  const [field] = plan.fields;
  const { value, path } = field!;
  printFunctions(module, plan, "", {
    read: [`return { value: ${readExpression(module, value, path, "0")} };`],
    write: () => {
      const notObject = `${module.wire("wrongValue")}(${JSON.stringify(plan.fullName)}, "an object", message)`;
      module.writer.writeLine(`if (typeof message !== "object" || message === null) throw ${notObject};`);
      printChecks(module, plan);
      const name = module.variables(plan).get(field!.name)!;
      module.writer.writeLine(`return \`${templateOf(module, value, name, "0")}\`;`);
    },
  });
}

function printAny(module: JsonModule, plan: MessagePlan, files: readonly ProtoFile[]): void {
  const { writer } = module;
  printFunctions(module, plan, "", {
    read: [`return ${module.wire("readAny")}(json, contentOf);`],
    write: () => writer.writeLine(`return ${module.wire("writeAny")}(message, contentOf);`),
  });
  module.doc("The messages an Any may hold.");
  const content = module.wireType("AnyContent");
  writer.write(`function contentOf(name: string): ${content} | null `).block(() => {
    writer.write("switch (name) ").block(() => {
      for (const { fullName } of files.flatMap(({ messages }) => messages)) {
        writer.writeLine(`case ${JSON.stringify(fullName)}:`);
        const codec = module.protobufCodec(fullName);
        const mapping = module.json(fullName, "mapping");
        const parts = `codec: ${codec}, mapping: ${mapping}, special: ${isSpecial(fullName)}`;
        writer.indent(() => writer.writeLine(`return { ${parts} };`));
      }
      writer.writeLine("default:").indent(() => writer.writeLine("return null;"));
    });
  });
  writer.blankLine();
}

function printFunctions(
  module: JsonModule,
  plan: MessagePlan,
  parameter: string,
  bodies: { read: readonly string[]; write: () => void },
): void {
  const { writer } = module;
  const type = module.typeName(plan.fullName);
  const json = `json: ${module.wireType("JsonReader")}`;
  writer.write(`export function ${module.json(plan.fullName, "read")}(${json}${parameter}): ${type} `).block(() => {
    for (const line of bodies.read) writer.writeLine(line);
  });
  writer.blankLine();
  writer
    .write(`export function ${module.json(plan.fullName, "write")}(message: ${type}${parameter}): string `)
    .block(bodies.write);
  writer.blankLine();
}
