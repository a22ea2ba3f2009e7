/** Says in words how two pieces of plain JSON differ. */
import { canonicalJson } from "../canonical-json.js";
import type { Json } from "../facts.js";

export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && canonicalJson(a) === canonicalJson(b));
}

/** `type.bits was 16, is 32` for every leaf that differs. */
export function differences(was: Json | undefined, is: Json | undefined, path: readonly string[] = []): string[] {
  if (sameJson(was, is)) return [];
  if (isObject(was) && isObject(is)) {
    const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort();
    return names.flatMap((name) => differences(was[name], is[name], [...path, name]));
  }
  const [before, now] = [show(was), show(is)];
  const subject = path.join(".");
  if (was === undefined) return [`${subject} is ${now}`];
  return [is === undefined ? `${subject} was ${before}` : `${subject} was ${before}, is ${now}`];
}

function show(value: Json | undefined): string {
  return typeof value === "string" ? value : canonicalJson(value);
}

function isObject(value: Json | undefined): value is { readonly [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
