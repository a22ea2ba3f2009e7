/**
 * `GATESMITH_*`: every value of the configuration by a variable. A name is the value's path in capitals, with `_` between words:
 * `servers.connector.port` is GATESMITH_SERVERS_CONNECTOR_PORT, `limits.inFlight` GATESMITH_LIMITS_IN_FLIGHT. The names follow from the
 * zod schema, so that there is none to forget.
 */
import type { z } from "zod";
import { didYouMean } from "../../wire/did-you-mean.js";
import type { ConfigurationPath } from "./environments.js";

export type Variables = Readonly<Record<string, string | undefined>>;

const PREFIX = "GATESMITH_";

/** Chooses the environment, and is no value of it. */
export const ENVIRONMENT_VARIABLE = "GATESMITH_ENVIRONMENT";

export interface VariableReading {
  /** Variable by path; in the order of the names. */
  readonly values: readonly { readonly name: string; readonly path: ConfigurationPath; readonly value: unknown }[];
  /** One line each. */
  readonly problems: readonly string[];
}

interface Leaf {
  readonly path: ConfigurationPath;
  readonly kinds: ReadonlySet<LeafKind>;
}

type LeafKind = "text" | "number" | "boolean" | "list";

/** What the nodes of a zod schema say of themselves, as far as a configuration uses it. */
interface Definition {
  readonly type: string;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
  readonly innerType?: z.core.$ZodType;
  readonly valueType?: z.core.$ZodType;
  readonly element?: z.core.$ZodType;
  readonly options?: readonly z.core.$ZodType[];
}

/**
 * Reads the variables whose name begins with `GATESMITH_`. An empty one counts as not set.
 *
 * @param schema of the configuration
 * @param serverTypes the keys of `servers`
 * @param lists how many elements the configuration has in the list at a path: elements can be changed, and one more added
 */
export function readVariables(
  variables: Variables,
  schema: z.core.$ZodType,
  serverTypes: readonly string[],
  lists: (path: ConfigurationPath) => number,
): VariableReading {
  const given = Object.keys(variables)
    .filter((name) => name.startsWith(PREFIX) && name !== ENVIRONMENT_VARIABLE && variables[name] !== "")
    .sort();
  if (given.length === 0) return { values: [], problems: [] };
  const leaves = new Map<string, Leaf[]>();
  for (const leaf of leavesOf(schema, serverTypes, lists)) {
    const name = nameOf(leaf.path);
    const known = leaves.get(name) ?? [];
    const same = known.findIndex(({ path }) => path.join(".") === leaf.path.join("."));
    if (same === -1) known.push(leaf);
    else known[same] = { path: leaf.path, kinds: new Set([...known[same]!.kinds, ...leaf.kinds]) };
    leaves.set(name, known);
  }
  const values: { name: string; path: ConfigurationPath; value: unknown }[] = [];
  const problems: string[] = [];
  for (const name of given) {
    const found = leaves.get(name);
    if (found === undefined) {
      const hint = hintFor(name, [...leaves.keys(), ENVIRONMENT_VARIABLE]);
      problems.push(`${name}: the configuration has no such value${hint === null ? "" : `; ${hint}`}`);
    } else if (found.length > 1) {
      const paths = found.map(({ path }) => path.join(".")).join(" and ");
      problems.push(`${name}: this may mean ${paths}: set them in the file`);
    } else {
      const [{ path, kinds }] = found as [Leaf];
      values.push({ name, path, value: readText(variables[name]!, kinds) });
    }
  }
  return { values, problems };
}

/** The prefix is everybody's, and makes nobody look alike. */
function hintFor(name: string, names: readonly string[]): string | null {
  const rest = (one: string) => one.slice(PREFIX.length);
  return didYouMean(rest(name), names.map(rest))?.replace('"', `"${PREFIX}`) ?? null;
}

/** `helloTimeout` is HELLO_TIMEOUT. */
function nameOf(path: ConfigurationPath): string {
  const words = path.map((key) => key.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toUpperCase());
  return PREFIX + words.join("_");
}

/** What does not read as the kind stays text, and the schema says what it should have been. */
function readText(text: string, kinds: ReadonlySet<LeafKind>): unknown {
  if (kinds.has("number") && /^-?[0-9]+(\.[0-9]+)?$/.test(text)) return Number(text);
  if (kinds.has("boolean") && (text === "true" || text === "false")) return text === "true";
  if (kinds.has("list") && (text.includes(",") || !kinds.has("text"))) return text.split(",").map((one) => one.trim());
  return text;
}

function* leavesOf(
  schema: z.core.$ZodType,
  serverTypes: readonly string[],
  lists: (path: ConfigurationPath) => number,
  path: ConfigurationPath = [],
): Generator<Leaf> {
  const definition = schema._zod.def as unknown as Definition;
  const into = (inner: z.core.$ZodType, ...keys: string[]) => leavesOf(inner, serverTypes, lists, [...path, ...keys]);
  const leaf = (kind: LeafKind): Leaf => ({ path, kinds: new Set([kind]) });
  switch (definition.type) {
    case "object":
      for (const [key, inner] of Object.entries(definition.shape!)) yield* into(inner, key);
      return;
    case "optional":
    case "default":
    case "prefault":
      yield* into(definition.innerType!);
      return;
    case "union":
      for (const inner of definition.options!) yield* into(inner);
      return;
    case "record":
      if (path.join(".") === "servers") for (const type of serverTypes) yield* into(definition.valueType!, type);
      return;
    case "array": {
      const element = definition.element!._zod.def.type;
      if (element === "string") yield leaf("list");
      else for (let index = 0; index <= lists(path); index++) yield* into(definition.element!, String(index));
      return;
    }
    case "string":
    case "enum":
    case "literal":
      yield leaf("text");
      return;
    case "int":
    case "number":
      yield leaf("number");
      return;
    case "boolean":
      yield leaf("boolean");
      return;
  }
}
