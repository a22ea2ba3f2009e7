/** Reads one schedule of a group. */
import type { CronDefinition, EveryDefinition } from "../dsl/definition.js";
import { cronShape, everyShape, isDefinition } from "../dsl/shape.js";
import type { Position, Schedule } from "../model.js";
import { type Reading, show } from "./reading.js";

/** Null when it is none, or cannot be read. `at` is where it stands; `name` is `<serverType>.<group>.<method>`. */
export function readSchedule(reading: Reading, value: unknown, name: string, at: Position): Schedule | null {
  const method = name.slice(name.lastIndexOf(".") + 1);
  if (!isDefinition(value, "every", "cron")) {
    const route = isDefinition(value, "request", "notify", "push", "rpc");
    const hint = route ? `${value.definition}() belongs elsewhere` : null;
    reading.report("schema-shape", `"${method}" must be made by every() or cron(), not ${show(value)}`, hint, at);
    return null;
  }
  const read = value.definition === "every" ? readEvery(reading, value) : readCron(reading, value);
  if (read === null) return null;
  const position = reading.position(value);
  return { name, method, ...read, doc: reading.sources.docOf(position), position };
}

type Read = Pick<Schedule, "when" | "on" | "overlap" | "timeout">;

function readEvery(reading: Reading, definition: object): Read | null {
  const read = reading.read(definition as EveryDefinition, everyShape, { interval: 0, options: 1 });
  return read === null ? null : { when: { kind: "every", interval: read.interval }, ...read.options };
}

function readCron(reading: Reading, definition: object): Read | null {
  const read = reading.read(definition as CronDefinition, cronShape, { expression: 0, options: 1 });
  if (read === null) return null;
  const { timezone, ...options } = read.options;
  return { when: { kind: "cron", expression: read.expression, timezone }, ...options };
}
