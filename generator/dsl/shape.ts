/**
 * The shapes of what the schema's functions were given, as zod types. Every part is described by what it must be, which is how a
 * diagnostic says it. Meaning (do the names exist, are ids in range) is not checked here but in `generator/rules/`.
 */
import { z } from "zod";
import type { Condition } from "../model.js";
import { RAW_BODY } from "../model.js";
import type {
  BodyFieldDefinition,
  BodyType,
  ConstantDefinition,
  ControlDefinition,
  Definition,
  EchoDefinition,
  HandshakeDefinition,
  LayoutDefinition,
  PushDefinition,
  ReservedDefinition,
  RoleDefinition,
  ServerDefinition,
} from "./definition.js";
import { readByteSize, readDuration, readRate } from "./quantity.js";

/** Whether a value was made by one of the schema's functions. */
export function isDefinition(value: unknown, ...kinds: readonly string[]): value is Definition<string> {
  if (typeof value !== "object" || value === null) return false;
  const { definition, site } = value as Partial<Definition<string>>;
  return typeof definition === "string" && kinds.includes(definition) && typeof site === "object";
}

export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("definition" in value);
}

function madeBy<T>(maker: string, ...kinds: readonly string[]) {
  return z.custom<T>((value) => isDefinition(value, ...kinds)).describe(`made by ${maker}`);
}

/** An object whose entries are checked one by one, each at its own place. */
function entries(what: string) {
  return z.custom<Readonly<Record<string, unknown>>>(isPlainObject).describe(`an object of ${what}`);
}

const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values).describe(values.map((value) => `"${value}"`).join(" or "));

const text = (what: string) => z.string().min(1).describe(what);
const messageName = text('the full name of a message, such as "chat.SendRequest"');
const bodyType = z
  .custom<BodyType>((value) => (typeof value === "string" ? value !== "" : isDefinition(value, "raw")))
  .transform((value) => (typeof value === "string" ? value : RAW_BODY))
  .describe('the full name of a message, such as "chat.SendRequest", or raw()');

const duration = z
  .custom<unknown>((value) => readDuration(value) !== null)
  .transform((value) => readDuration(value)!)
  .describe('a duration above zero: "10s", "250ms", or a number of milliseconds');

const byteSize = z
  .custom<unknown>((value) => readByteSize(value) !== null)
  .transform((value) => readByteSize(value)!)
  .describe('a size: "4kb", or a number of bytes');

const messageKey = z
  .custom<number | readonly number[]>((value) => {
    const parts = Array.isArray(value) ? value : [value];
    return parts.length <= 2 && parts.every(Number.isSafeInteger);
  })
  .transform((value): readonly number[] => (typeof value === "number" ? [value] : value))
  .describe("a whole number, or id(service, messageId)");

const rate = z
  .preprocess(
    (value) => (typeof value === "string" ? (readRate(value) ?? value) : value),
    z.strictObject({
      perSecond: z.number().positive().describe("a number above zero"),
      burst: z.int().positive().optional().describe("a whole number above zero"),
      over: oneOf("answer", "drop").default("answer"),
    }),
  )
  .describe('a rate: "20/s", "60/m", or { perSecond, burst, over }');

const was = text('the route\'s former name, such as "chat.room.wave"').optional();
const timeout = duration.default(10_000);
const options = <T extends z.ZodRawShape>(shape: T) =>
  z
    .strictObject(shape)
    .describe("an object of options")
    .prefault({} as never);

const handlerOptionParts = {
  public: z.boolean().describe("true or false").default(false),
  timeout,
  rate: rate.optional(),
  maxBytes: byteSize.optional(),
  order: oneOf("session", "route", "none").default("session"),
  was,
};

export const requestShape = z.strictObject({
  id: messageKey,
  request: bodyType,
  response: bodyType,
  options: options({
    ...handlerOptionParts,
    reply: messageKey.optional(),
    failure: z
      .custom<BodyFieldDefinition | "silent">((value) => value === "silent" || isDefinition(value, "bodyField"))
      .describe('bodyField("<field>") or "silent"')
      .optional(),
  }),
});

export const bodyFieldShape = z.strictObject({ field: text("the name of a field of the response") });

export const notifyShape = z.strictObject({
  id: messageKey,
  message: bodyType,
  options: options(handlerOptionParts),
});

export const pushShape = z.strictObject({
  id: messageKey,
  message: bodyType,
  options: options({ overflow: oneOf("close", "drop", "latest").default("close"), was }),
});

export const rpcShape = z.strictObject({
  request: bodyType,
  response: bodyType,
  options: options({ timeout, was }),
});

// ---- Schedules

const scheduleOptionParts = {
  on: oneOf("one", "each").default("one"),
  overlap: oneOf("skip", "queue").default("skip"),
  timeout: duration.default(60_000),
};

export const everyShape = z.strictObject({ interval: duration, options: options(scheduleOptionParts) });

export const cronShape = z.strictObject({
  expression: text('a cron expression, such as "0 4 * * *"'),
  options: options({
    ...scheduleOptionParts,
    timezone: text('the name of a time zone, such as "Europe/Berlin"').default("UTC"),
  }),
});

// ---- Layouts and protocols

const byteOrder = oneOf("big", "little");

const delimiter = z.string().min(1).max(16).describe("a text of 1 to 16 characters");

export const layoutShape = z.strictObject({
  options: options({
    byteOrder: byteOrder.default("big"),
    start: delimiter.optional(),
    end: delimiter.optional(),
  }),
  fields: entries("fields"),
});

const when = z
  .custom<unknown>((value) => readConditions(value) !== null)
  .transform((value) => readConditions(value)!)
  .describe("an object of earlier fields and what they must be: { kind: 2 }, { kind: [0, 2] }, { kind: { not: 3 } }")
  .default([]);

function readConditions(value: unknown): Condition[] | null {
  if (!isPlainObject(value)) return null;
  const conditions = Object.entries(value).map(([field, expected]) => {
    const not = isPlainObject(expected) && Object.keys(expected).join() === "not";
    const values = [not ? expected.not : expected].flat();
    return { field, values: values as number[], not };
  });
  const read = conditions.every(({ values }) => values.length > 0 && values.every(Number.isSafeInteger));
  return read ? conditions : null;
}

const meaning = madeBy<RoleDefinition | ConstantDefinition | ReservedDefinition>(
  "role.<name>(), constant() or reserved()",
  "role",
  "constant",
  "reserved",
).optional();

const wholeNumber = z.int().min(0).describe("a whole number from 0 on");
const fieldOptions = { byteOrder: byteOrder.optional(), when, initial: wholeNumber.default(0) };
const fieldSize = z
  .int()
  .min(1)
  .max(65_535)
  .describe('a whole number of bytes from 1 to 65535, or "u8", "u16" or "u32"');

/** The arguments of the functions that make fields, by the form they make. What is not here has `fieldShape`'s. */
export const fieldShape = z.strictObject({ meaning, options: options(fieldOptions) });

export const formShapes = {
  bytes: z.strictObject({ size: fieldSize, meaning, options: options(fieldOptions) }),
  text: z.strictObject({
    size: fieldSize,
    meaning,
    options: options({
      ...fieldOptions,
      pad: z
        .custom<string>((value) => typeof value === "string" && /^[\0-\x7f]$/.test(value))
        .describe("one character of ASCII")
        .default("\0"),
    }),
  }),
  decimal: z.strictObject({ delimiter, meaning, options: options(fieldOptions) }),
  until: z.strictObject({
    delimiter,
    meaning,
    options: options({
      ...fieldOptions,
      most: z.int().min(1).max(65_535).describe("a whole number of bytes from 1 to 65535").default(255),
    }),
  }),
} as const;

export const bitsShape = z.strictObject({
  options: options({
    first: oneOf("highest", "lowest").default("highest"),
    byteOrder: byteOrder.optional(),
    when,
  }),
  fields: entries("fields, made by bit()"),
});

export const bitShape = z.strictObject({
  width: z.int().min(1).max(32).describe("a whole number of bits from 1 to 32"),
  meaning,
  options: options({
    at: z.int().min(0).max(31).describe("a whole number from 0 to 31").optional(),
    initial: wholeNumber.default(0),
  }),
});

export const lengthRoleShape = z.strictObject({
  options: options({
    counts: oneOf("frame", "rest", "body").default("frame"),
    offset: z.int().describe("a whole number").default(0),
  }),
});

export const checksumRoleShape = z.strictObject({
  algorithm: oneOf("crc32", "crc32c", "adler32", "crc16-ccitt"),
  options: options({ over: oneOf("body", "rest", "header", "frame").default("body") }),
});

export const kindRoleShape = z.strictObject({
  values: z
    .strictObject({ request: wholeNumber, notify: wholeNumber, response: wholeNumber, push: wholeNumber })
    .describe("the numbers of the four kinds: { request, notify, response, push }"),
});

export const constantShape = z.strictObject({
  value: z.int().min(0).describe("a whole number from 0 on"),
  options: options({ onRead: oneOf("check", "ignore").default("check") }),
});

export const protocolShape = z.strictObject({
  options: z
    .strictObject({
      request: madeBy<LayoutDefinition>("layout()", "layout"),
      response: madeBy<LayoutDefinition>("layout()", "layout"),
      body: oneOf("protobuf", "json", "raw").default("protobuf"),
      key: z
        .union([
          z.tuple([z.literal("messageId")]),
          z.tuple([z.literal("service"), z.literal("messageId")]),
          z.tuple([z.literal("route")]),
        ])
        .describe('["messageId"], ["service", "messageId"] or ["route"]')
        .default(["messageId"]),
      control: madeBy<HandshakeDefinition | ControlDefinition>(
        "handshake(), control() or none()",
        "handshake",
        "control",
      ),
      sequence: options({
        push: z.literal(["count", 0]).describe('"count" or 0').optional(),
        deduplicate: z.boolean().describe("true or false").optional(),
      }),
    })
    .describe("an object of options"),
});

export const handshakeShape = z.strictObject({
  options: options({ heartbeat: duration.default(10_000), timeout: duration.optional() }),
});

export const controlShape = z.strictObject({
  options: options({
    heartbeat: madeBy<EchoDefinition>("echo()", "echo").optional(),
    kick: madeBy<PushDefinition>("push()", "push").optional(),
    login: text('the name of a route, such as "connector.login.enter"').optional(),
    timeout: duration.optional(),
  }),
});

export const echoShape = z.strictObject({ id: messageKey });

// ---- Server types and the schema

const serverParts = {
  typeId: z.int().describe("a whole number"),
  handlers: entries("groups").default({}),
  pushes: entries("pushes").default({}),
  remotes: entries("groups").default({}),
  schedules: entries("groups").default({}),
};
const routing = (makers: string) => madeBy<Definition<"routing"> & { rule: string }>(makers, "routing").optional();

export const serverShapes = {
  gate: z.strictObject({
    name: text("a text: the type's name"),
    options: z
      .strictObject({ ...serverParts, choose: routing("hash(), leastLoaded() or roundRobin()") })
      .describe("an object of options"),
  }),
  connector: z.strictObject({
    name: text("a text: the type's name"),
    options: z.strictObject(serverParts).describe("an object of options"),
  }),
  backend: z.strictObject({
    name: text("a text: the type's name"),
    options: z
      .strictObject({
        ...serverParts,
        routeBy: routing("uid(), sessionData(), messageField(), server(), leastLoaded() or roundRobin()"),
      })
      .describe("an object of options"),
  }),
} as const;

export const schemaShape = z.strictObject({
  options: z
    .strictObject({
      name: text("a text: the application's name"),
      version: z.int().min(1).describe("a whole number from 1 on"),
      oldestClient: z.int().min(1).describe("a whole number from 1 on").default(1),
      protos: text('a pattern such as "./messages/*.proto"'),
      protocols: entries("protocols"),
      internal: madeBy<LayoutDefinition>("layout()", "layout"),
      session: messageName.optional(),
      unknownFields: z
        .union([oneOf("skip", "keep"), z.array(messageName)])
        .describe('"skip", "keep", or a list of full names of messages')
        .default("skip"),
      servers: z
        .array(madeBy<ServerDefinition>("gate(), connector() or backend()", "server"))
        .describe("a list of server types"),
      errors: entries("error codes").default({}),
      reserved: options({
        messageIds: z
          .array(z.union([messageKey, z.strictObject({ from: messageKey, to: messageKey })]))
          .describe("a list of message ids, or of { from, to }")
          .default([]),
        errors: z.array(z.int()).describe("a list of error codes").default([]),
      }),
    })
    .describe("an object of options"),
});
