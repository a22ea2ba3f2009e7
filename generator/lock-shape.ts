/** What the lock file must look like. Somebody may have merged it by hand. */
import { z } from "zod";
import type { Facts, Json, ProtocolFacts, RouteFacts } from "./facts.js";
import type { Lock } from "./model.js";

/** What is written. */
export const LOCK_FORMAT = 2;

const json: z.ZodType<Json> = z.json();
const text = z.string();
const numbers = z.array(z.int());

const layout = z.object({ fields: z.array(z.record(text, json)) }).catchall(json);

const reserved = z.strictObject({
  numbers: z.array(z.tuple([z.int(), z.int()])).optional(),
  names: z.array(text).optional(),
});

const field = z.strictObject({
  name: text,
  type: text,
  presence: text.optional(),
  oneof: text.optional(),
  key: text.optional(),
  group: z.literal(true).optional(),
  json: text.optional(),
});

const route: z.ZodType<RouteFacts> = z
  .object({
    kind: z.enum(["request", "notify", "push", "rpc"]),
    id: numbers.optional(),
    reply: numbers.optional(),
    link: z.int(),
    message: text,
    response: text.optional(),
    public: z.literal(true).optional(),
    failure: z.union([z.int(), z.literal("silent")]).optional(),
  })
  .catchall(json) as never;

const facts: z.ZodType<Facts> = z.strictObject({
  protocols: z.record(text, z.object({ request: layout, response: layout }).catchall(json) as z.ZodType<ProtocolFacts>),
  internal: layout as z.ZodType<Facts["internal"]>,
  session: text.nullable(),
  servers: z.record(text, z.strictObject({ kind: text, typeId: z.int(), routeBy: text.optional() })),
  routes: z.record(text, route),
  errors: z.record(text, z.int()),
  messages: z.record(text, z.strictObject({ fields: z.record(text, field), reserved: reserved.optional() })),
  enums: z.record(
    text,
    z.strictObject({
      values: z.record(text, z.int()),
      closed: z.literal(true).optional(),
      reserved: reserved.optional(),
    }),
  ),
});

const version = z.int().positive();
const lineage = z.array(
  z.strictObject({ hash: z.string().regex(/^[0-9a-f]{16}$/), version, clientsOnly: z.literal(true).optional() }),
);

const ids = {
  messages: z.strictObject({ up: z.record(text, text), down: z.record(text, text) }),
  links: z.record(text, z.int().positive()),
  since: z.record(text, z.int().positive()),
  schedules: z.record(text, z.int().positive()).default({}),
};

const present: z.ZodType<Lock> = z.strictObject({
  format: z.literal(LOCK_FORMAT),
  ...ids,
  lineage,
  facts: facts.nullable(),
  predecessor: z.strictObject({ version, lineage, facts }).nullable(),
});

/** Format 1 remembered ids alone. */
const former = z
  .strictObject({ format: z.literal(1), ...ids, lineage: z.array(text) })
  .transform((lock): Lock => ({ ...lock, format: LOCK_FORMAT, lineage: [], facts: null, predecessor: null }));

/** The shape of a lock file of `format`. */
export function lockShape(format: unknown): z.ZodType<Lock> {
  return format === 1 ? former : present;
}
