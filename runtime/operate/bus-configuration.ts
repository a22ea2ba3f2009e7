/** `bus` in `gatesmith.config.ts`: which driver carries frames between servers, and what it needs. Every bound is written here. */
import { z } from "zod";

const beats = {
  /** Milliseconds between two signs of life of a server. */
  beat: z.int().min(20).max(60_000).default(1_000),
  /** Milliseconds of silence after which a server is taken for dead, for good. At least three beats. */
  window: z.int().min(60).max(600_000).default(5_000),
};

const SECRET = "at least 16 characters, the same for every server of the cluster";

const ipcBus = z.strictObject({
  /** Servers are processes on one machine. */
  driver: z.literal("ipc"),
  /** Where each server has its socket; made, for this user alone, if it is missing. Its path must be short: a socket's has 103 bytes. */
  folder: z.string().min(1),
  /** Whoever does not know it is refused. */
  secret: z.string({ error: `${SECRET}; GATESMITH_BUS_SECRET sets it` }).min(16, SECRET),
  ...beats,
});

/** `nats://10.0.0.5:4222`, or without the scheme. */
const address = z
  .string()
  .min(1)
  .refine((text) => text === "" || isAddress(text), "it should be an address like nats://10.0.0.5:4222");

function isAddress(text: string): boolean {
  const whole = text.includes("://") ? text : `nats://${text}`;
  return /^(nats|tls):\/\/[^/?#]+\/?$/.test(whole) && URL.canParse(whole);
}

const natsBus = z.strictObject({
  /** Servers are processes on several machines, connected by NATS. */
  driver: z.literal("nats"),
  /** `nats://10.0.0.5:4222`, or several of one NATS cluster. */
  servers: z.union([address, z.array(address).min(1)]),
  /** First part of all subjects. Default: `gatesmith.<the schema's name>`. Clusters that share a NATS need different ones. */
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, "names of letters, digits, _ and -, with dots between them")
    .optional(),
  user: z.string().optional(),
  password: z.string().optional(),
  token: z.string().optional(),
  /** Path of a `.creds` file. */
  credentials: z.string().min(1).optional(),
  /** Path of a file with an NKey's seed. */
  nkey: z.string().min(1).optional(),
  tls: z
    .strictObject({
      /** Paths of PEM files: who signed the server's certificate, where the system does not know; one's own certificate and its key. */
      ca: z.string().min(1).optional(),
      certificate: z.string().min(1).optional(),
      key: z.string().min(1).optional(),
      /** The server expects TLS before it says a word. */
      first: z.boolean().optional(),
    })
    .optional(),
  ...beats,
});

/** What carries frames between servers, and how. */
export const bus = z
  .discriminatedUnion("driver", [z.strictObject({ driver: z.literal("local") }), ipcBus, natsBus])
  .refine((one) => one.driver === "local" || one.window >= 3 * one.beat, {
    path: ["window"],
    message: "at least three times beat",
  });

export type BusConfiguration = z.output<typeof bus>;
export type BusConfigurationInput = z.input<typeof bus>;
export type IpcConfiguration = z.output<typeof ipcBus>;
export type NatsConfiguration = z.output<typeof natsBus>;
