/** Prints scanners: functions that find one field's value in an encoded body without decoding the rest (`ScanKey`). */
import type { ProtoFile } from "../../model.js";
import { planMessage } from "../../plan/index.js";
import type { Module } from "../module.js";
import type { ImportStyle } from "./import-style.js";

interface Files {
  readonly protoFiles: readonly ProtoFile[];
}

/**
 * Prints `const <name>: ScanKey` for a field of a message into a module. The field is a string, bytes, bool, enum or integer, and
 * neither repeated nor a map: a rule sees to that.
 */
export function printScanKey(
  module: Module,
  name: string,
  message: string,
  field: string,
  model: Files,
  imports: ImportStyle,
): void {
  const type = model.protoFiles.flatMap(({ messages }) => messages).find(({ fullName }) => fullName === message);
  if (type === undefined) throw new Error(`message ${message} is in no file`);
  const plan = planMessage(type, model).fields.find((each) => each.name === field);
  if (plan === undefined) throw new Error(`message ${message} has no field ${field}`);
  const keepsZero = plan.shape !== "plain";
  const scanner = module.import("scanner", imports.wire("scan-key"));
  const type_ = module.importType("ScanKey", imports.wire("body-codec"));
  module.writer.writeLine(
    `const ${name}: ${type_} = ${scanner}(${JSON.stringify(message)}, ${plan.tag}, ${JSON.stringify(plan.value.kind)}, ${keepsZero});`,
  );
}
