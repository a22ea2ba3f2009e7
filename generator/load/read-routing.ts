/** Reads the rules by which backends are found and connectors are chosen. */
import type { ChoiceDefinition, Definition, RoutingDefinition, ServerDefinition } from "../dsl/definition.js";
import { isPlainObject } from "../dsl/shape.js";
import type { RoutingRule, ServerType } from "../model.js";
import { type Reading, show } from "./reading.js";

const FIELD_RULES = ["sessionData", "messageField", "server"] as const;

/** How a backend is found. */
export function readRoutingRule(reading: Reading, given: Definition<"routing">): RoutingRule | null {
  const { rule, field } = given as RoutingDefinition;
  const { options } = given as ChoiceDefinition;
  const position = reading.position(given);
  const withField = FIELD_RULES.find((known) => known === rule);
  if (withField !== undefined) {
    if (typeof field === "string" && field !== "") return { kind: withField, field, position };
    const at = reading.sources.part(position, 0);
    reading.report("schema-shape", `${rule} needs the name of a field, not ${show(field)}`, null, at);
    return null;
  }
  if (rule !== "uid" && rule !== "leastLoaded" && rule !== "roundRobin") {
    reading.report(
      "schema-shape",
      `${rule}() is a gate's \`choose\`, and finds no backend`,
      "did you mean uid()?",
      position,
    );
    return null;
  }
  if (options?.of !== undefined) {
    const hint = "a backend's servers are chosen among its own type";
    reading.report("unused-option", '"of" has no use in routeBy', hint, reading.sources.part(position, 0, "of"));
  }
  return { kind: rule, position };
}

/** How a gate chooses. */
export function readChoice(
  reading: Reading,
  { kind }: ServerDefinition,
  given: Definition<"routing"> | undefined,
): Pick<ServerType, "choose" | "connectorType"> {
  if (kind !== "gate") return { choose: null, connectorType: null };
  if (given === undefined) return { choose: "leastLoaded", connectorType: null };
  const { rule, options } = given as ChoiceDefinition;
  const position = reading.position(given);
  if (rule !== "hash" && rule !== "leastLoaded" && rule !== "roundRobin") {
    const hint = "a gate chooses by hash(), leastLoaded() or roundRobin()";
    reading.report("schema-shape", `${rule}() finds a backend, and chooses no connector`, hint, position);
    return { choose: "leastLoaded", connectorType: null };
  }
  const of = isPlainObject(options) ? options.of : undefined;
  if (options !== undefined && typeof of !== "string") {
    const at = reading.sources.part(position, 0);
    reading.report("schema-shape", `the options of ${rule} must name a connector type: { of: "connector" }`, null, at);
  }
  return { choose: rule, connectorType: typeof of === "string" ? of : null };
}
