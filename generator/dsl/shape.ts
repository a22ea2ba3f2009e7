/**
 * The shapes of what the schema's functions were given, as zod types. Every part is described by what it must be, which is how a
 * diagnostic says it. Meaning (do the names exist, are ids in range) is not checked here but in `generator/rules/`.
 */
import { z } from "zod";
import type {
  ConstantDefinition,
  Definition,
  HandshakeDefinition,
  LayoutDefinition,
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

const handlerOptions = options({
  public: z.boolean().describe("true or false").default(false),
  timeout,
  rate: rate.optional(),
  maxBytes: byteSize.optional(),
  order: oneOf("session", "route", "none").default("session"),
  was,
});

export const requestShape = z.strictObject({
  id: messageKey,
  request: messageName,
  response: messageName,
  options: handlerOptions,
});

export const notifyShape = z.strictObject({ id: messageKey, message: messageName, options: handlerOptions });

export const pushShape = z.strictObject({
  id: messageKey,
  message: messageName,
  options: options({ overflow: oneOf("close", "drop", "latest").default("close"), was }),
});

export const rpcShape = z.strictObject({
  request: messageName,
  response: messageName,
  options: options({ timeout, was }),
});

// ---- Layouts and protocols

const byteOrder = oneOf("big", "little");

export const layoutShape = z.strictObject({
  options: options({ byteOrder: byteOrder.default("big") }),
  fields: entries("fields"),
});

const fieldParts = {
  meaning: madeBy<RoleDefinition | ConstantDefinition | ReservedDefinition>(
    "role.<name>(), constant() or reserved()",
    "role",
    "constant",
    "reserved",
  ).optional(),
  options: options({ byteOrder: byteOrder.optional() }),
};

export const fieldShape = z.strictObject(fieldParts);

export const bytesShape = z.strictObject({
  size: z.int().min(1).max(65_535).describe("a whole number of bytes from 1 to 65535"),
  ...fieldParts,
});

export const prefixedShape = z.strictObject({
  prefix: z.literal([8, 16, 32]).describe('"u8", "u16" or "u32"'),
  ...fieldParts,
});

export const lengthRoleShape = z.strictObject({
  options: options({
    counts: oneOf("frame", "rest", "body").default("frame"),
    offset: z.int().describe("a whole number").default(0),
  }),
});

export const checksumRoleShape = z.strictObject({
  algorithm: oneOf("crc32"),
  options: options({ over: oneOf("body", "frame").default("body") }),
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
      body: oneOf("protobuf").default("protobuf"),
      key: z
        .union([z.tuple([z.literal("messageId")]), z.tuple([z.literal("service"), z.literal("messageId")])])
        .describe('["messageId"] or ["service", "messageId"]')
        .default(["messageId"]),
      control: madeBy<HandshakeDefinition>("handshake()", "handshake"),
    })
    .describe("an object of options"),
});

export const handshakeShape = z.strictObject({
  options: options({ heartbeat: duration.default(10_000), timeout: duration.optional() }),
});

// ---- Server types and the schema

const serverParts = {
  typeId: z.int().describe("a whole number"),
  handlers: entries("groups").default({}),
  pushes: entries("pushes").default({}),
  remotes: entries("groups").default({}),
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
      servers: z
        .array(madeBy<ServerDefinition>("gate(), connector() or backend()", "server"))
        .describe("a list of server types"),
      errors: entries("error codes").default({}),
    })
    .describe("an object of options"),
});
