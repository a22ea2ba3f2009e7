/** Readers of JSON in TypeScript: a loop over keys, one case a field, values in variables, and the object made at the end. */
import { DEEPEST_NESTING, type FieldPlan, type MessagePlan } from "../../plan/index.js";
import type { JsonModule } from "./json-module.js";
import { keyExpression, readExpression, takesNull } from "./json-values.js";
import { propertyOf } from "./message-module.js";
import { objectOf, printVariable } from "./message-read.js";

/** Fields whose keys are remembered in one number. */
const BITS = 31;

export function printJsonRead(module: JsonModule, plan: MessagePlan): void {
  const { writer } = module;
  const depth = plan.recursive ? ", depth: number" : "";
  const type = module.typeName(plan.fullName);
  const json = `json: ${module.wireType("JsonReader")}`;
  writer.write(`export function ${module.json(plan.fullName, "read")}(${json}${depth}): ${type} `).block(() => {
    if (plan.recursive) writer.writeLine(`if (depth > ${DEEPEST_NESTING}) throw ${module.wire("tooDeep")}();`);
    const variables = module.variables(plan);
    for (const [property, name] of variables) printVariable(module, plan, property, name);
    for (let from = 0; from < plan.fields.length; from += BITS) writer.writeLine(`let seen${from / BITS} = 0;`);
    const first = `json.openObject(${JSON.stringify(plan.fullName)})`;
    writer.write(`for (let key = ${first}; key !== null; key = json.nextKey()) `).block(() => {
      printCases(module, plan, variables);
    });
    for (const field of plan.fields) {
      if (field.shape !== "required") continue;
      const name = variables.get(propertyOf(plan, field))!;
      const path = JSON.stringify(field.path);
      writer.writeLine(`if (${name} === undefined) throw ${module.wire("missingField")}(${path});`);
    }
    writer.writeLine(`return ${objectOf(variables)};`);
  });
  writer.blankLine();
}

function printCases(module: JsonModule, plan: MessagePlan, variables: ReadonlyMap<string, string>): void {
  const { writer } = module;
  if (plan.fields.length === 0) {
    writer.writeLine("json.skipValue();");
    return;
  }
  const taken = new Set(plan.fields.map(({ jsonNames }) => jsonNames[0]!));
  writer.write("switch (key) ").block(() => {
    plan.fields.forEach((field, index) => {
      const [name, ...others] = field.jsonNames;
      // What one field is called in the .proto file may be what another one is called in JSON.
      const keys = [name!, ...others.filter((other) => !taken.has(other))];
      for (const other of others) taken.add(other);
      for (const key of keys.slice(0, -1)) writer.writeLine(`case ${JSON.stringify(key)}:`);
      writer.write(`case ${JSON.stringify(keys.at(-1))}: `).inlineBlock(() => {
        const seen = `seen${Math.floor(index / BITS)}`;
        writer.writeLine(`${seen} = json.once(${seen}, ${2 ** (index % BITS)}, key);`);
        if (field.shape === "repeated" || field.shape === "map" || !takesNull(field.value)) {
          writer.writeLine("if (json.readNull()) break;");
        }
        printField(module, plan, field, variables.get(propertyOf(plan, field))!);
        writer.writeLine("break;");
      });
      writer.newLine();
    });
    writer.writeLine("default:").indent(() => writer.writeLine("json.skipValue();"));
  });
}

function printField(module: JsonModule, plan: MessagePlan, field: FieldPlan, name: string): void {
  const { writer } = module;
  const path = JSON.stringify(field.path);
  const value = readExpression(module, field.value, field.path, plan.recursive ? "depth + 1" : "0");
  switch (field.shape) {
    case "repeated":
      writer.writeLine(
        `for (let more = json.openArray(${path}); more; more = json.nextElement()) ${name}.push(${value});`,
      );
      return;
    case "map":
      writer.write(`for (let entry = json.openObject(${path}); entry !== null; entry = json.nextKey()) `).block(() => {
        writer.writeLine(`const entryKey = ${keyExpression(module, field.key!, field.path)};`);
        writer.writeLine(`if (${name}.has(entryKey)) throw json.twice(entry);`);
        writer.writeLine(`${name}.set(entryKey, ${value});`);
      });
      return;
    case "oneof": {
      const members = `one member of ${plan.oneofs[field.oneof!]!.name}, not two`;
      const error = `json.expected(${JSON.stringify(plan.fullName)}, ${JSON.stringify(members)})`;
      writer.writeLine(`if (${name}.case !== undefined) throw ${error};`);
      writer.writeLine(`${name} = { case: ${JSON.stringify(field.name)}, value: ${value} };`);
      return;
    }
    default:
      writer.writeLine(`${name} = ${value};`);
  }
}
