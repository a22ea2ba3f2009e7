/** The names of error codes: those of the wire, and those the schema declares. */
import { errorCodeName } from "../wire/error-code.js";

export type ErrorNames = (code: number) => string;

/** A code that neither list knows, of a newer server for example, is called `ERROR_<code>`. */
export function errorNames(errors: Readonly<Record<string, number>>): ErrorNames {
  const declared = new Map(Object.entries(errors).map(([name, code]) => [code, name]));
  return (code) => errorCodeName(code) ?? declared.get(code) ?? `ERROR_${code}`;
}
