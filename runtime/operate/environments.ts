/** Environments of a configuration: what `production` says is laid over what the file says for all. Plain data in, plain data out. */

/** As the type it is made of, with everything optional at every depth; lists are whole or not there. */
export type Overlay<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? { readonly [Key in keyof T]?: Overlay<T[Key]> }
    : T;

/** A value's place in a configuration: `["servers", "chat", "count"]`. */
export type ConfigurationPath = readonly string[];

/** Who set a value, if it was not the file's own part: `environments.production` or the name of a variable. */
export class Origins {
  private readonly byPath = new Map<string, string>();

  set(path: ConfigurationPath, origin: string): void {
    this.byPath.set(path.join("."), origin);
  }

  /** Of the value, or of what it is part of. */
  of(path: readonly PropertyKey[]): string | null {
    for (let length = path.length; length > 0; length--) {
      const origin = this.byPath.get(path.slice(0, length).join("."));
      if (origin !== undefined) return origin;
    }
    return null;
  }

  /** Of something that the value has in it. */
  below(path: readonly PropertyKey[]): string | null {
    const start = `${path.join(".")}.`;
    for (const [key, origin] of this.byPath) if (key.startsWith(start)) return origin;
    return null;
  }
}

/** Which of several shapes an object has. A different one takes nothing over. */
const KINDS = ["driver", "transport"];

/**
 * `base` with `overlay` over it: objects key by key, anything else whole. An object of another kind (another bus's driver) replaces
 * the one below. Neither argument is changed.
 */
export function overlaid(
  base: unknown,
  overlay: unknown,
  origins: Origins,
  originOf: (path: ConfigurationPath) => string,
  path: ConfigurationPath = [],
): unknown {
  if (overlay === undefined) return base;
  if (!isPlain(overlay)) {
    origins.set(path, originOf(path));
    return overlay;
  }
  const below = isPlain(base) && !isOfAnotherKind(base, overlay) ? base : {};
  const result = new Map(Object.entries(below));
  for (const [key, value] of Object.entries(overlay)) {
    result.set(key, overlaid(result.get(key), value, origins, originOf, [...path, key]));
  }
  return Object.fromEntries(result);
}

const isOfAnotherKind = (base: Record<string, unknown>, overlay: Record<string, unknown>) =>
  KINDS.some((kind) => overlay[kind] !== undefined && overlay[kind] !== base[kind]);

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `base` with one value changed, in objects and lists; what is missing on the way is made. */
export function withValue(base: unknown, path: ConfigurationPath, value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(base)) return Object.assign([...base], { [key]: withValue(base[Number(key)], rest, value) });
  const below = isPlain(base) ? base : {};
  const replaces = rest.length === 0 && isOfAnotherKind(below, { [key]: value });
  const result = new Map(replaces ? [] : Object.entries(below));
  result.set(key, withValue(result.get(key), rest, value));
  return Object.fromEntries(result);
}

/** What is at a path; undefined when there is nothing. */
export function valueAt(base: unknown, path: ConfigurationPath): unknown {
  let value = base;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

/** Whether a path names the shape of an object, and so has to be set before the rest of it. */
export function isKind(path: ConfigurationPath): boolean {
  return KINDS.includes(path.at(-1) ?? "");
}
