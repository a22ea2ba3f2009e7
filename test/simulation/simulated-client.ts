/** One client of the simulated cluster: a generated client over connections in memory, and what it knows of its session. */

import type { Dial } from "../../client/client-socket.js";
import type { MemoryConnection } from "../../testing/memory-connection.js";
import type { Timing } from "../../wire/timing.js";
import { LabClient, type Text } from "../runtime/lab/generated/client-typescript/index.js";
import { text } from "../runtime/lab/lab.js";
import { type Ledger, SeenSession } from "./ledger.js";

export interface SimulatedClientOptions {
  readonly name: string;
  readonly ledger: Ledger;
  readonly timing: Timing;
  readonly locate: (uid: string) => string;
  /** Opens a connection, and says which. */
  readonly dial: (
    url: string,
    events: Parameters<Dial>[1],
    opened: (connection: MemoryConnection) => void,
  ) => ReturnType<Dial>;
  /** Milliseconds within which frames between any two servers may overtake each other. */
  readonly margin: () => number;
}

/** Which route carries a command. */
export type Way = "ask" | "free" | "alone" | "tell" | "own";

export class SimulatedClient {
  readonly name: string;
  session: SeenSession | null = null;
  private readonly options: SimulatedClientOptions;
  private client: LabClient | null = null;
  private connection: MemoryConnection | null = null;
  private connecting: AbortController | null = null;
  /** When it last asked to leave each channel. */
  private readonly leftAt = new Map<string, number>();

  constructor(options: SimulatedClientOptions) {
    this.options = options;
    this.name = options.name;
  }

  /** It is connected, or tries to be. */
  get active(): boolean {
    return this.connecting !== null;
  }

  connect(uid: string): void {
    if (this.active) return;
    const { ledger, timing, locate, dial } = this.options;
    const closer = new AbortController();
    this.connecting = closer;
    ledger.note(`${this.name} connects`);
    const connected = LabClient.connect({
      uid,
      timing,
      locate: () => locate(uid),
      dial: (url, events) =>
        dial(url, events, (connection) => {
          this.connection = connection;
        }),
      backoff: { first: 200, longest: 1_000 },
      signal: closer.signal,
      onError: () => {},
    });
    connected.then(
      (client) => {
        if (this.connecting === closer) this.watch(client, closer);
      },
      () => {
        if (this.connecting === closer) this.connecting = null;
      },
    );
  }

  close(): void {
    if (!this.active) return;
    this.options.ledger.note(`${this.name} closes`);
    this.lost("closed");
    this.connecting?.abort();
    this.connecting = null;
    this.client = null;
  }

  cut(): void {
    if (this.active) this.options.ledger.note(`${this.name} is cut off`);
    this.connection?.cut();
  }

  /** It does not read any more. */
  pause(): void {
    if (this.active) this.options.ledger.note(`${this.name} does not read`);
    this.connection?.pause();
  }

  resume(): void {
    this.connection?.resume();
  }

  /** Sends a command, and returns its nonce. 0: it is not connected. */
  send(way: Way, command: string, argument = ""): number {
    const { client, session } = this;
    const { ledger } = this.options;
    if (client === null || session === null) return 0;
    if (command === "update") argument = String(ledger.nonce());
    const before = this.prepare(session, command, argument);
    const isRequest = way !== "tell";
    const nonce = ledger.asked(`${way} ${command} ${argument}`.trim(), session, isRequest);
    const message = text(command, { key: argument, number: nonce });
    if (way === "tell") {
      client.work.jobs.tell(message);
      return nonce;
    }
    const call = way === "own" ? client.connector.own.ask(message) : client.work.jobs[way](message);
    call.then(
      (answer) => {
        ledger.answered(nonce, answer.number);
        if (command === "echo" && way !== "own") {
          const came = session.echoes.has(nonce) || !session.open;
          ledger.hold("pushes come before the answer", came, () => `#${nonce} was answered before what it pushed`);
        }
        before(true);
      },
      (error: unknown) => {
        ledger.failed(nonce, error);
        before(false);
      },
    );
    return nonce;
  }

  /** Notes what the command may change; the result is called with whether it did. */
  private prepare(session: SeenSession, command: string, argument: string): (done: boolean) => void {
    const { ledger, margin } = this.options;
    const asked = ledger.now;
    switch (command) {
      case "bind":
      case "unbind": {
        const uid = command === "unbind" ? null : argument.split("/")[0]!;
        if (uid !== null) session.possibleUids.add(uid);
        const alone = session.changing === 0;
        const turn = ++session.binds;
        session.changing++;
        return (done) => {
          session.changing--;
          // Of several at once the last one wins, which is not for the client to know; what failed may still come about.
          session.uidKnown &&= done;
          const known = session.uidKnown && alone && session.binds === turn;
          session.uid = known ? uid : undefined;
          if (known) session.hasOnly(uid);
        };
      }
      case "update": {
        const alone = session.updates === 0;
        const turn = ++session.updated;
        session.updates++;
        return (done) => {
          session.updates--;
          session.levelKnown &&= done;
          session.level = session.levelKnown && alone && session.updated === turn ? Number(argument) : 0;
        };
      }
      case "join":
        session.askedChannels.add(argument);
        return (done) => {
          // What was sent before over another link may still come after it.
          const left = this.leftAt.get(argument);
          if (done && session.open && (left === undefined || asked - left > margin()))
            session.channels.set(argument, ledger.now);
        };
      case "leave":
        session.channels.delete(argument);
        this.leftAt.set(argument, ledger.now);
        return () => {};
      default:
        return () => {};
    }
  }

  private watch(client: LabClient, closer: AbortController): void {
    const { ledger } = this.options;
    this.client = client;
    const state = (now: LabClient["state"]): void => {
      if (now.kind === "open") this.welcome(now.sessionId);
      else this.lost("reason" in now ? now.reason : now.kind);
      if (now.kind !== "closed" || this.connecting !== closer) return;
      this.connecting = null;
      this.client = null;
    };
    client.onState(state);
    client.onGap(() => {
      ledger.note(`${this.name} is told of a gap`);
      if (this.session !== null) this.session.gapAt = ledger.now;
    });
    const pushed = (message: Text) => this.pushed(message);
    client.work.onText(pushed);
    client.connector.onOwn(pushed);
    if (client.state.kind !== "connecting") state(client.state);
  }

  private pushed({ text: what, number, key }: Text): void {
    const { session, name, options } = this;
    const { ledger } = options;
    if (session === null) {
      ledger.violate("nothing reaches a wrong session", `push #${number} reached ${name} without a session`);
      return;
    }
    if (what === "unbound") {
      // Who asks for several things at once does not know which of them this is.
      if (session.uidKnown && session.changing === 1) session.hasOnly(key === "" ? null : key);
      return;
    }
    if (key !== "") session.echoes.add(Number(key));
    ledger.pushed(session, number, what);
  }

  private welcome(id: string): void {
    const { ledger } = this.options;
    this.lost("it has another session");
    ledger.note(`${this.name} has session ${id}`);
    const known = ledger.sessions.has(id);
    ledger.hold(
      "nothing reaches a wrong session",
      !known,
      () => `${this.name} was given session ${id}, which somebody has`,
    );
    this.session = new SeenSession(id, this.name);
    ledger.sessions.set(id, this.session);
    this.leftAt.clear();
  }

  private lost(reason: string): void {
    if (this.session === null) return;
    this.options.ledger.note(`${this.name} has lost its session: ${reason}`);
    this.session.open = false;
    this.session = null;
  }
}
