/**
 * Carries a bus's messages by NATS: `<prefix>.all` to everybody, `<prefix>.<incarnation>` to one. The only file that knows the client.
 *
 * The client's own reconnecting is not used. It takes messages while its server is away, by reference and without a bound, and hands
 * over later what is stale by then; and a connection that is full but not closed it never gives up. So each connection here is used
 * until it ends, and then replaced.
 */
import { readFile } from "node:fs/promises";
import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  errors,
  type Msg,
  type NatsConnection,
  nkeyAuthenticator,
} from "@nats-io/transport-node";
import type { Logger } from "pino";
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import type { Timer, Timing } from "../../wire/timing.js";
import type { NatsConfiguration } from "../operate/bus-configuration.js";
import { settledWithin } from "../operate/settled-within.js";
import { BusError } from "./bus-error.js";
import { framesWithin } from "./link-bound.js";
import type { Wire, WireReceiver } from "./subject-bus.js";

export interface NatsWireOptions {
  readonly configuration: NatsConfiguration;
  /** First part of all subjects. */
  readonly prefix: string;
  readonly name: string;
  readonly incarnation: number;
  /** What may wait on a link. */
  readonly linkBytes: number;
  readonly timing: Timing;
  readonly log: Logger;
  readonly receiver: WireReceiver;
}

/** What is kept for messages; a larger slab, made by a large one, goes back to the system. */
const KEPT_BYTES = 1024 * 1024;

/** Milliseconds a server may take to accept a connection, and what is left at the end to leave. */
const PATIENCE = 5_000;

/** First pause before connecting anew, in milliseconds; doubled each time up to a quarter of the window. */
const FIRST_PAUSE = 50;

/** Bytes that may be on their way before the server is asked whether it has them. */
const UNASKED_BYTES = 256 * 1024;

/** As a part of what may wait on a link, in bytes and frames: a link that is full of what nobody asked about would stay so. */
const UNASKED_PART = 1 / 8;

/** Resolves when the bus can be used. Rejects with BusError. */
export async function connectNats(options: NatsWireOptions): Promise<Wire> {
  const wire = new NatsWire(options, await clientOptions(options));
  await wire.open();
  return wire;
}

class NatsWire implements Wire {
  private readonly options: NatsWireOptions;
  private readonly clientOptions: ConnectionOptions;
  private readonly everybody: string;
  private connection: NatsConnection | null = null;
  /** What a message's bytes are read through. */
  private slab = new Slab();
  private readonly unaskedBytes: number;
  private readonly unaskedFrames: number;
  private unconfirmed = 0;
  private unconfirmedFrames = 0;
  private asking = false;
  private attempts = 0;
  private timer: Timer | null = null;
  private closed = false;

  constructor(options: NatsWireOptions, clientOptions: ConnectionOptions) {
    this.options = options;
    this.clientOptions = clientOptions;
    this.everybody = `${options.prefix}.all`;
    this.unaskedBytes = Math.min(UNASKED_BYTES, options.linkBytes * UNASKED_PART);
    this.unaskedFrames = framesWithin(options.linkBytes) * UNASKED_PART;
  }

  get connected(): boolean {
    return this.connection !== null;
  }

  get largest(): number {
    return this.connection?.info?.max_payload ?? 0;
  }

  get backlog(): number {
    return this.unconfirmed;
  }

  get backlogFrames(): number {
    return this.unconfirmedFrames;
  }

  /** The first connection. Later ones are made by themselves. */
  async open(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      throw unusable(this.options.configuration, error);
    }
  }

  send(to: number, message: Uint8Array, frames: number): void {
    this.publish(this.subjectOf(to), message, frames);
  }

  broadcast(message: Uint8Array): void {
    this.publish(this.everybody, message, 0);
  }

  probe(incarnation: number): void {
    const { connection } = this;
    if (connection === null) return;
    const reply = `${this.subjectOf(this.options.incarnation)}.absent.${incarnation}`;
    connection.publish(this.subjectOf(incarnation), new Uint8Array(), { reply });
  }

  reset(): void {
    const { connection } = this;
    if (connection !== null) this.lost(connection, "it was given up");
  }

  async close(): Promise<void> {
    this.closed = true;
    this.timer?.cancel();
    const { connection } = this;
    const { timing } = this.options;
    this.connection = null;
    if (connection === null) return;
    await settledWithin(timing, PATIENCE, connection.flush());
    await settledWithin(timing, PATIENCE, connection.close());
  }

  private subjectOf(incarnation: number): string {
    return `${this.options.prefix}.${incarnation}`;
  }

  private async connect(): Promise<void> {
    const { prefix, incarnation, timing } = this.options;
    const connection = await connect(this.clientOptions);
    try {
      const refusal = this.watch(connection);
      const own = this.subjectOf(incarnation);
      const callback = (error: Error | null, message: Msg) => {
        if (error === null && this.connection === connection) this.take(message);
      };
      const answered = (error: Error | null, message: Msg) => {
        if (error === null && this.connection === connection) this.answeredProbe(message);
      };
      connection.subscribe(this.everybody, { callback });
      connection.subscribe(own, { callback });
      connection.subscribe(`${own}.absent.*`, { callback: answered });
      // Whoever may not speak or listen here would be alone for ever, and not know why. An empty message is nobody's.
      connection.publish(this.everybody);
      connection.publish(own);
      await connection.flush();
      await new Promise<void>((resolve) => timing.defer(resolve));
      if (refusal.error !== null) throw new BusError(`subjects ${prefix}.>: ${refusal.error.message}`);
      if (this.closed) throw new BusError("the bus was closed");
    } catch (error) {
      void settledWithin(timing, PATIENCE, connection.close());
      throw error;
    }
    this.unconfirmed = 0;
    this.unconfirmedFrames = 0;
    this.asking = false;
    this.connection = connection;
    void connection.closed().then((error) => this.lost(connection, error?.message ?? "it was closed"));
  }

  /** What the server refuses before the connection is in use is returned; later it is logged. */
  private watch(connection: NatsConnection): { error: Error | null } {
    const refusal: { error: Error | null } = { error: null };
    const follow = async () => {
      for await (const status of connection.status()) {
        if (status.type !== "error") continue;
        refusal.error = status.error;
        if (this.connection === connection) this.options.log.error({ err: status.error }, "NATS refused something");
      }
    };
    void follow();
    return refusal;
  }

  private publish(subject: string, message: Uint8Array, frames: number): void {
    const { connection } = this;
    if (connection === null) return;
    try {
      // The client keeps what it is given until the tick has ended.
      connection.publish(subject, copiedBytes(message, 0, message.length));
    } catch (error) {
      // Not at once: it may be a frame's end that is published, and nobody is called back from there.
      const why = error instanceof Error ? error.message : String(error);
      this.options.timing.defer(() => this.lost(connection, why));
      return;
    }
    this.unconfirmed += message.length;
    this.unconfirmedFrames += frames;
    if (this.isMuch && !this.asking) this.confirm(connection);
  }

  /** More is on its way than may be without asking. */
  private get isMuch(): boolean {
    return this.unconfirmed >= this.unaskedBytes || this.unconfirmedFrames >= this.unaskedFrames;
  }

  /** What has been published until now has reached the server when it answers. */
  private confirm(connection: NatsConnection): void {
    this.asking = true;
    const asked = this.unconfirmed;
    const askedFrames = this.unconfirmedFrames;
    connection.flush().then(
      () => {
        if (this.connection !== connection) return;
        this.asking = false;
        this.unconfirmed -= asked;
        this.unconfirmedFrames -= askedFrames;
        if (this.isMuch) this.confirm(connection);
      },
      () => {},
    );
  }

  private take({ data }: Msg): void {
    if (data.length === 0) return;
    const { slab, options } = this;
    // What the client hands over is a part of its own buffer: copied, one view reads all messages.
    slab.length = 0;
    slab.reserve(data.length);
    slab.bytes.set(data);
    slab.length = data.length;
    try {
      options.receiver.message(slab, 0, data.length);
    } catch (error) {
      // Thrown into the client, it would end its reading for good.
      options.log.error({ err: error }, "a message from NATS failed");
    }
    if (slab.bytes.length > KEPT_BYTES) this.slab = new Slab();
  }

  /** NATS says by itself when nobody listens to a subject; whoever listens says nothing here. */
  private answeredProbe(message: Msg): void {
    if (message.headers?.code !== 503) return;
    this.options.receiver.absent(Number(message.subject.slice(message.subject.lastIndexOf(".") + 1)));
  }

  private lost(connection: NatsConnection, why: string): void {
    if (this.connection !== connection || this.closed) return;
    this.connection = null;
    this.unconfirmed = 0;
    this.unconfirmedFrames = 0;
    this.options.log.warn({ reason: why }, "the connection to NATS is lost");
    void settledWithin(this.options.timing, PATIENCE, connection.close());
    this.attempts = 0;
    this.options.receiver.disconnected();
    this.again();
  }

  private again(): void {
    const { timing, configuration, log, receiver } = this.options;
    const longest = configuration.window / 4;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.attempts++, longest);
    // Not all servers of a cluster at once.
    const jittered = (pause * (512 + (timing.random() & 511))) / 1024;
    this.timer = timing.after(jittered, () => {
      this.connect().then(
        () => {
          if (this.closed || this.connection === null) return;
          log.info("connected to NATS again");
          receiver.connected();
        },
        (error: unknown) => {
          if (this.closed) return;
          if (this.attempts === 1) log.warn({ reason: reasonOf(error) }, "NATS cannot be reached; trying on");
          this.again();
        },
      );
    });
  }
}

/** A line of the log, or of a person's terminal: what OpenSSL says of an alert has more than one. */
function reasonOf(error: unknown): string {
  const text = (error instanceof Error ? error.message : String(error)).trim();
  if (/alert (bad certificate|certificate required|handshake failure)/.test(text)) {
    return "it wants a certificate that it trusts: bus.tls.certificate and bus.tls.key";
  }
  const unknown = /unable to verify|self.signed certificate|unable to get (local )?issuer/.test(text);
  return unknown ? `${text}: bus.tls.ca says who signed it` : text;
}

/** Whom NATS does not know is told so: nothing is wrong with the address then. */
function unusable(configuration: NatsConfiguration, error: unknown): BusError {
  const { user, token, credentials, nkey } = configuration;
  const where = [configuration.servers].flat().join(", ");
  const why = reasonOf(error);
  if (!(error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError)) {
    return new BusError(`bus.servers: no NATS server at ${where} can be used: ${why}`);
  }
  const given = Object.entries({ user, token, credentials, nkey }).filter(([, value]) => value !== undefined);
  const what =
    given.length === 0
      ? "wants to know who this is: bus.user and password, token, credentials or nkey are missing"
      : `refuses these credentials (${given.map(([name]) => `bus.${name}`).join(", ")})`;
  return new BusError(`bus: NATS at ${where} ${what}: ${why}`);
}

async function clientOptions({ configuration, name }: NatsWireOptions): Promise<ConnectionOptions> {
  const { servers, user, password, token, tls } = configuration;
  return {
    servers,
    name,
    user,
    pass: password,
    token,
    reconnect: false,
    timeout: PATIENCE,
    // Our own beats tell whether the connection lives.
    pingInterval: 3_600_000,
    noAsyncTraces: true,
    authenticator: await authenticatorOf(configuration),
    ...(tls === undefined
      ? {}
      : {
          tls: { caFile: tls.ca, certFile: tls.certificate, keyFile: tls.key, handshakeFirst: tls.first },
        }),
  };
}

async function authenticatorOf({ credentials, nkey }: NatsConfiguration): Promise<Authenticator | undefined> {
  if (credentials !== undefined) return credsAuthenticator(await secretFile("bus.credentials", credentials));
  if (nkey === undefined) return undefined;
  const seed = Buffer.from((await secretFile("bus.nkey", nkey)).toString("latin1").trim(), "latin1");
  return nkeyAuthenticator(new Uint8Array(seed));
}

async function secretFile(option: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new BusError(`${option}: ${path} cannot be read: ${(error as Error).message}`);
  }
}
