/** `errors.ts`: the error codes, and what a handler throws. */
import { printErrorCodes } from "../error-codes.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

export function printErrors(schema: ServerSchema): string {
  const module = new ServerModule(schema, ["ErrorCode", "ErrorName", "failure"]);
  printErrorCodes(module, schema.model.errors, module.runtime("ErrorCode"));
  module.doc(
    "What a handler or remote throws to be answered with this error. The message says what was wrong, and reaches the client;\n" +
      "without one it is the error's name.",
  );
  const failure = module.runtime("Failure");
  module.writer.write(`export function failure(name: ErrorName, message: string = name): ${failure} `).block(() => {
    module.writer.writeLine(`return new ${failure}(ErrorCode[name], name, message);`);
  });
  return module.toString();
}
