/** Reads the constants that fields hold. */
import type { ConstantDefinition } from "../dsl/definition.js";
import { constantShape } from "../dsl/shape.js";
import type { Reading } from "./reading.js";

/** A constant for so many bits; `name` is the function that makes the field. Null when it does not fit. */
export function readConstant(
  reading: Reading,
  definition: ConstantDefinition,
  name: string,
  bits: number,
): { readonly value: number; readonly onRead: "check" | "ignore" } | null {
  const read = reading.read(definition, constantShape, { value: 0, options: 1 });
  if (read === null) return null;
  const highest = 2 ** bits - 1;
  if (read.value <= highest) return { value: read.value, onRead: read.options.onRead };
  const message = `the constant ${read.value} does not fit ${name}: at most ${highest}`;
  reading.report("schema-shape", message, null, reading.position(definition));
  return null;
}
