/**
 * Checks the shape of one definition after the other, and collects what is wrong. What is wrong is left out, so that the rest of the
 * schema can still be read and every problem be told in one run.
 */
import type { z } from "zod";
import { didYouMean } from "../../wire/did-you-mean.js";
import type { Definition } from "../dsl/definition.js";
import { isRouteOption } from "../dsl/route-option.js";
import type { Diagnostic, Position } from "../model.js";
import { deepestPresent, type Fault, faultsOf, shapeAt, shapeKeys, valueAt, without } from "./shape-faults.js";
import type { Step } from "./source-tree.js";
import type { Sources } from "./sources.js";

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

const step = (key: PropertyKey): Step => (typeof key === "number" ? key : String(key));

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
