/** What is wrong with a configuration, in words: zod finds it, and this says where it stands, what it should be, and what it is. */
import type { z } from "zod";
import { didYouMean } from "../../wire/did-you-mean.js";
import { type Origins, valueAt } from "./environments.js";

/** What problems are said to be in. */
export const FILE = "gatesmith.config.ts";

/** What must not stand in a log. */
const SECRETS = ["secret", "password", "token"];

const KINDS = new Map([
  ["string", "text"],
  ["boolean", "true or false"],
  ["object", "an object"],
  ["record", "an object"],
  ["array", "a list"],
]);

/** What zod's issues say, unless the schema says it itself. An argument of `safeParse`. */
export function wordsFor(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      if (issue.expected === "number" || issue.expected === "int") return `it should be ${rangeOf(issue)}`;
      return `it should be ${KINDS.get(issue.expected) ?? issue.expected}`;
    case "invalid_value":
      return `it should be one of ${issue.values.map(String).join(", ")}`;
    case "too_big":
    case "too_small": {
      const bound = issue.code === "too_big" ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
      if (issue.origin === "string")
        return bound === "at least 1" ? "it is empty" : `it should have ${bound} characters`;
      return issue.origin === "array" ? `it should have ${bound} in it` : `it should be ${bound}`;
    }
    case "unrecognized_keys":
      // Not read by anybody: what there is instead.
      return knownKeys(issue).join(" ");
    case "invalid_union":
      return "it should be something else";
    default:
      return undefined;
  }
}

/** All numbers of a configuration are whole, and have bounds. */
function rangeOf({ inst, input }: z.core.$ZodRawIssue): string {
  const { minValue, maxValue } = inst as z.ZodInt;
  return `a whole number from ${minValue} to ${maxValue}${typeof input === "string" ? ", in digits" : ""}`;
}

function knownKeys({ inst }: z.core.$ZodRawIssue): string[] {
  return Object.keys((inst as z.ZodObject).shape);
}

/** One line for each thing that is wrong. */
export function problemsOf(issues: readonly z.core.$ZodIssue[], origins: Origins): string[] {
  const lines = issues.flatMap((issue) => (isRedundant(issue, issues) ? [] : linesOf(issue, origins)));
  // A variable may have several empty values in its list.
  return [...new Set(lines)];
}

/** That a number is too big for anything need not be said of one that is too big already. */
function isRedundant(issue: z.core.$ZodIssue, all: readonly z.core.$ZodIssue[]): boolean {
  if (issue.code !== "too_big" && issue.code !== "too_small") return false;
  const place = issue.path.join(".");
  const same = all.filter(({ code, path }) => code === issue.code && path.join(".") === place);
  return same.at(-1) !== issue;
}

function linesOf(issue: z.core.$ZodIssue, origins: Origins): string[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => surplus(issue, key, origins));
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    // What is said of a part of the value is said by the kind that it is of.
    const inside = issue.errors.find((one) => one.some(({ path }) => path.length > 0));
    if (inside !== undefined) {
      return problemsOf(
        inside.map((one) => ({ ...one, path: [...issue.path, ...one.path] })),
        origins,
      );
    }
    const words = issue.errors.flatMap(([first]) => (first === undefined ? [] : [first.message]));
    if (issue.input !== undefined) return [line(issue, words.join(", or "), origins)];
  }
  return [line(issue, wrongWith(issue, origins), origins)];
}

function line({ path, input }: z.core.$ZodIssue, words: string, origins: Origins): string {
  const place = origins.of(path) ?? `${FILE}: ${path.join(".") || "the whole file"}`;
  // A larger value is named by its place.
  const scalar = typeof input === "string" || typeof input === "number" || typeof input === "boolean";
  const shown = scalar && input !== "" && !SECRETS.includes(String(path.at(-1)));
  return `${place}: ${words}${shown ? `; it is ${typeof input === "number" ? input : JSON.stringify(input)}` : ""}`;
}

/** A key that means nothing. */
function surplus(issue: z.core.$ZodIssueUnrecognizedKeys, key: string, origins: Origins): string {
  const { path, input, message } = issue;
  const origin = origins.of([...path, key]);
  const place = origin ?? `${FILE}: ${[...path, key].join(".")}`;
  const driver = valueAt(input, ["driver"]);
  const transport = valueAt(input, ["transport"]);
  const known = [...message.split(" "), ...(path.length === 0 ? ["environments"] : [])];
  const whose =
    driver !== undefined
      ? `the ${driver} bus has no ${key}`
      : transport !== undefined
        ? `a ${transport} listener has no ${key}`
        : "there is no such value";
  const reason = driver === "nats" && key === "secret" ? ", since NATS has credentials of its own" : "";
  const isVariable = origin?.startsWith("GATESMITH_") === true;
  const advice = isVariable ? "unset the variable" : (didYouMean(key, known) ?? `there are ${known.join(", ")}`);
  return `${place}: ${whose}${reason}; ${advice}`;
}

/** zod says of a value that is not there that it is undefined, and of a kind that is not there what it compares it with. */
function wrongWith(issue: z.core.$ZodIssue, origins: Origins): string {
  const { code, message, input, path } = issue;
  if (code === "invalid_union" && "options" in issue) {
    const kinds = `one of ${[issue.options].flat().join(", ")}`;
    if (valueAt(input, path.slice(-1).map(String)) !== undefined) return `it should be ${kinds}`;
    const part = origins.below(path.slice(0, -1));
    // Set in a shell for an environment, and left there.
    const hint = part?.startsWith("GATESMITH_") ? `. ${part} is set: choose the environment that it is for` : "";
    return `it is missing; ${kinds}${hint}`;
  }
  if (input !== undefined || (code !== "invalid_type" && code !== "invalid_union")) return message;
  return message.startsWith("it should be") ? "it is missing" : `it is missing; ${message}`;
}
