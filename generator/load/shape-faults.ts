/** Finds in a shape what an issue of zod is about: the value, what it must be, and what is left without it. */
import { z } from "zod";

/** From the parts of a definition to a value: names of properties, indices of lists. */
export type Path = readonly PropertyKey[];

/** Something that has not the shape it must have. */
export interface Fault {
  readonly path: Path;
  /** The path's last part is a name that is not known there. */
  readonly unknown: boolean;
}

/** One fault for each name that is not known, and one for any other issue. */
export function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key], unknown: true }));
  return [{ path: issue.path, unknown: false }];
}

/** What `path` leads to; undefined where it breaks off. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** The longest beginning of `path` that leads to something, be it undefined. */
export function deepestPresent(root: unknown, path: Path): Path {
  let present = path;
  while (present.length > 0 && !isPresent(root, present)) present = present.slice(0, -1);
  return present;
}

function isPresent(root: unknown, path: Path): boolean {
  const parent = valueAt(root, path.slice(0, -1));
  return typeof parent === "object" && parent !== null && path.at(-1)! in parent;
}

/** A copy of `root` in which what `path` leads to is left out. */
export function without(root: unknown, path: Path): unknown {
  const [first, ...rest] = path;
  if (Array.isArray(root)) {
    return rest.length === 0
      ? root.filter((_, index) => index !== first)
      : root.map((value, index) => (index === first ? without(value, rest) : value));
  }
  const copy: Record<PropertyKey, unknown> = { ...(root as Record<PropertyKey, unknown>) };
  if (rest.length === 0) delete copy[first!];
  else copy[first!] = without(copy[first!], rest);
  return copy;
}

/** The type that checks what `path` leads to. */
export function shapeAt(shape: z.ZodType | undefined, path: Path): z.ZodType | undefined {
  let current = shape;
  for (const key of path) {
    const type = unwrap(current);
    if (type instanceof z.ZodObject) current = type.shape[String(key)];
    else if (type instanceof z.ZodArray) current = type.element as z.ZodType;
    else return undefined;
  }
  return describedShape(current);
}

/** Defaults and options stand around the type that carries the description. */
function describedShape(shape: z.ZodType | undefined): z.ZodType | undefined {
  let current = shape;
  while (current !== undefined && current.description === undefined) {
    const inner = innerShape(current);
    if (inner === undefined) break;
    current = inner;
  }
  return current;
}

function unwrap(shape: z.ZodType | undefined): z.ZodType | undefined {
  let current = shape;
  for (let inner = current && innerShape(current); inner !== undefined; inner = innerShape(inner)) current = inner;
  return current;
}

function innerShape(shape: z.ZodType): z.ZodType | undefined {
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodDefault || shape instanceof z.ZodPrefault) {
    return shape.unwrap() as z.ZodType;
  }
  // `preprocess` puts the type it prepares for behind itself.
  return shape instanceof z.ZodPipe && shape.out instanceof z.ZodObject ? shape.out : undefined;
}

/** The names an object of this type may have; none for other types. */
export function shapeKeys(shape: z.ZodType | undefined): string[] {
  const type = unwrap(shape);
  return type instanceof z.ZodObject ? Object.keys(type.shape) : [];
}
