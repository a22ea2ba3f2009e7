/**
 * Checks the shape of one definition after the other, and collects what is wrong. What is wrong is left out, so that the rest of the
 * schema can still be read and every problem be told in one run.
 */
import { z } from "zod";
import { didYouMean } from "../did-you-mean.js";
import type { Definition } from "../dsl/definition.js";
import { isRouteOption } from "../dsl/route-option.js";
import type { Diagnostic, Position } from "../model.js";
import type { Sources, Step } from "./sources.js";

type Path = readonly PropertyKey[];

export class Reading {
  readonly sources: Sources;
  readonly diagnostics: Diagnostic[] = [];
  /** Definitions of which something was left out, by where they are. */
  readonly #damaged = new Set<string>();
  /** Where a definition is said to be when its call was not in a file of the schema. */
  readonly #entry: Position;

  constructor(sources: Sources, entry: Position) {
    this.sources = sources;
    this.#entry = entry;
  }

  report(rule: string, message: string, hint: string | null, position: Position): void {
    this.diagnostics.push({ rule, message, hint, position });
  }

  /** Notes that something of the definition at `position` was left out. What seems to be missing there may be just that. */
  damage(position: Position): void {
    this.#damaged.add(key(position));
  }

  isWhole(position: Position): boolean {
    return !this.#damaged.has(key(position));
  }

  /** Where the call that made `definition` begins. */
  position(definition: Definition<string>): Position {
    return this.sources.resolveCall(definition.site) ?? this.#entry;
  }

  /**
   * What `definition` was given, checked and with defaults filled in. Null when not enough is left to go on. `argument` says
   * which of the call's arguments each part came from.
   */
  read<T extends z.ZodObject>(
    definition: Definition<string>,
    shape: T,
    argument: Readonly<Record<string, number>>,
    given: Readonly<Record<string, unknown>> = definition as never,
  ): z.output<T> | null {
    const parts: Record<string, unknown> = {};
    for (const key of Object.keys(shape.shape)) parts[key] = given[key];
    let result = shape.safeParse(parts);
    if (result.success) return result.data;
    this.damage(this.position(definition));
    const faults = result.error.issues.flatMap(faultsOf);
    for (const fault of faults) this.#reportFault(definition, shape, argument, parts, fault);
    let remaining: unknown = parts;
    while (!result.success) {
      // From the back, so that leaving out an element of a list does not move those still to be left out.
      for (const { path } of result.error.issues.flatMap(faultsOf).reverse()) {
        const present = deepestPresent(remaining, path);
        if (present.length < 2) return null;
        remaining = without(remaining, present);
      }
      result = shape.safeParse(remaining);
    }
    return result.data;
  }

  #reportFault(
    definition: Definition<string>,
    shape: z.ZodType,
    argument: Readonly<Record<string, number>>,
    parts: unknown,
    { path, unknown }: Fault,
  ): void {
    const [first, ...rest] = path;
    const last = path.at(-1)!;
    const name = typeof last === "number" ? `${String(path.at(-2))}[${last}]` : String(last);
    if (unknown && rest.length === 1 && isRouteOption(definition.definition, name)) return;
    const position = this.sources.part(this.position(definition), argument[String(first)] ?? 0, ...rest.map(step));
    const maker = makerOf(definition);
    if (unknown) {
      const known = shapeKeys(shapeAt(shape, path.slice(0, -1)));
      const hint = didYouMean(name, known) ?? `there are: ${known.join(", ")}`;
      this.report("schema-shape", `${maker} has no option "${name}"`, hint, position);
      return;
    }
    const value = valueAt(parts, path);
    const must = shapeAt(shape, path)?.description ?? "something else";
    const subject = name === "options" ? `the options of ${maker}` : `"${name}" of ${maker}`;
    const got = value === undefined && typeof last === "string" ? "; it is missing" : `, not ${show(value)}`;
    this.report("schema-shape", `${subject} must be ${must}${got}`, null, position);
  }
}

function key({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

/** The function that made a definition, as the author wrote it. */
function makerOf(definition: Definition<string>): string {
  const { kind, name, rule } = definition as { kind?: unknown; name?: unknown; rule?: unknown };
  switch (definition.definition) {
    case "schema":
      return "defineSchema()";
    case "server":
      return `${kind}()`;
    case "field":
      return `${name}()`;
    case "role":
      return `role.${name}()`;
    case "routing":
      return `${rule}()`;
    default:
      return `${definition.definition}()`;
  }
}

interface Fault {
  readonly path: Path;
  /** The path's last part is a name that is not known there. */
  readonly unknown: boolean;
}

function faultsOf(issue: z.core.$ZodIssue): Fault[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({ path: [...issue.path, key], unknown: true }));
  return [{ path: issue.path, unknown: false }];
}

const step = (key: PropertyKey): Step => (typeof key === "number" ? key : String(key));

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
}

/** The longest beginning of `path` that leads to something, be it undefined. */
function deepestPresent(root: unknown, path: Path): Path {
  let present = path;
  while (present.length > 0 && !isPresent(root, present)) present = present.slice(0, -1);
  return present;
}

function isPresent(root: unknown, path: Path): boolean {
  const parent = valueAt(root, path.slice(0, -1));
  return typeof parent === "object" && parent !== null && path.at(-1)! in parent;
}

/** A copy of `root` in which what `path` leads to is left out. */
function without(root: unknown, path: Path): unknown {
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
function shapeAt(shape: z.ZodType | undefined, path: Path): z.ZodType | undefined {
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

function shapeKeys(shape: z.ZodType | undefined): string[] {
  const type = unwrap(shape);
  return type instanceof z.ZodObject ? Object.keys(type.shape) : [];
}

/** A value as a diagnostic shows it: short, on one line. */
export function show(value: unknown): string {
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) {
    const { definition } = value as { definition?: unknown };
    if (typeof definition === "string") return `what ${makerOf(value as Definition<string>)} returns`;
    return Array.isArray(value) ? "a list" : "an object";
  }
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 60)}...` : text;
}
