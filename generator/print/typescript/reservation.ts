/** Room for what is about to be written, so that the statements after it need not look. */
import type { ValuePlan } from "../../plan/index.js";
import type { MessageModule } from "./message-module.js";
import { boundOf, tagBytes } from "./values.js";

interface Reserved {
  readonly value: ValuePlan;
  readonly name: string;
  readonly tag: number;
  readonly optional?: boolean;
}

/**
 * Reserves the bound of values with their tags, and finds `bytes` and `at` again: the slab may have grown, or moved on.
 * `declare`: they are variables from here on.
 */
export function reserve(module: MessageModule, values: readonly Reserved[], declare = false): void {
  let fixed = 0;
  const terms: string[] = [];
  const scaled: string[] = [];
  for (const { value, name, tag, optional } of values) {
    const bound = boundOf(value, name);
    const wrap = (term: string) => (optional ? `(${name} === undefined ? 0 : ${term})` : term);
    fixed += tagBytes(tag).length + bound.fixed;
    terms.push(...bound.terms.map(wrap));
    scaled.push(...bound.scaled.map(wrap));
  }
  // A UTF-16 unit takes at most three bytes.
  const texts = scaled.length === 0 ? [] : [scaled.length === 1 ? `${scaled[0]} * 3` : `(${scaled.join(" + ")}) * 3`];
  module.writer.writeLine(`slab.reserve(${[String(fixed), ...terms, ...texts].join(" + ")});`);
  const { writer } = module;
  if (declare) writer.writeLine("const { bytes } = slab;").writeLine("let at = slab.length;");
  else writer.writeLine("bytes = slab.bytes;").writeLine("at = slab.length;");
}
