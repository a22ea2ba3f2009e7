/** What generated codecs say about proto2's required fields. */
import { BodyError } from "./body-error.js";
import { wrongValue } from "./body-write.js";

export function missingField(field: string): BodyError {
  return new BodyError(`${field}: required, and missing`);
}

/** The error for a required field that holds no value of its type. */
export function missingOrWrong(value: unknown, field: string, expected: string): BodyError {
  return value === undefined || value === null ? missingField(field) : wrongValue(field, expected, value);
}
