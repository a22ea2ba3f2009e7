/** The table of error codes, as servers and TypeScript clients both print it: the protocol's own, and the schema's behind them. */
import type { ErrorDefinition } from "../model.js";
import type { Module } from "../print/module.js";
import { propertyKey } from "../print/names.js";

/** `protocolCodes` is what the module calls `ErrorCode` of `wire/error-code.ts`. */
export function printErrorCodes(module: Module, errors: readonly ErrorDefinition[], protocolCodes: string): void {
  const { writer } = module;
  module.doc(
    "Every error a client may be answered with, by name: the protocol's below 1000, this application's from there.",
  );
  writer.write("export const ErrorCode = ").inlineBlock(() => {
    writer.writeLine(`...${protocolCodes},`);
    for (const error of errors) {
      module.doc(error.doc);
      writer.writeLine(`${propertyKey(error.name)}: ${error.code},`);
    }
  });
  writer.write(" as const;").newLine().blankLine();
  writer.writeLine('export type ErrorName = Exclude<keyof typeof ErrorCode, "OK">;').blankLine();
}
