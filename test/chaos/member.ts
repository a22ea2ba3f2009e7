/** A client of the chaos suite: it stays in a room, comes back when it is sent away, and writes down all it asks, hears and misses. */
import { WebSocket } from "ws";
import { now } from "./app/ledger-file.js";
import {
  CallError,
  ChaosClient,
  type ConnectionState,
  type Line,
  type Told,
} from "./generated/client-typescript/index.js";
import { connectorEntryNote, roomHallSay } from "./generated/client-typescript/routes.js";

/** What became of a request: `OK`, or the code, and what was said of the handler. */
export interface Outcome {
  readonly code: string;
  readonly executed: "no" | "yes" | "unknown";
}

export interface Asked {
  readonly nonce: string;
  readonly kind: "note" | "say" | "slow" | "also";
  readonly member: Member;
  readonly at: number;
  /** Milliseconds within which it is promised an outcome. */
  readonly within: number;
  /** How often its promise was settled: once, at the end. */
  outcomes: Outcome[];
  settledAt: number;
}

/** From the moment that it has entered its room to the end of the connection. */
export interface Stay {
  readonly session: string;
  readonly from: number;
  until: number | null;
  /** Why it ended: the connector's close code; null: the client heard nothing for too long. */
  code: number | null;
  /** When it was told that it missed something. */
  readonly gaps: number[];
}

let nonces = 0;

/** Milliseconds that clients wait longer than the servers: see `docs/reliability.md`. */
const GRACE = 1_000;
/** Milliseconds between an answer and the next request of the same kind. */
const PAUSE = 40;
/** Milliseconds that a handler takes for a `slow` one. */
const WAIT = 100;

export class Member {
  readonly uid: string;
  readonly room: string;
  /** Where its `also` goes. */
  readonly otherRoom: string;
  readonly stays: Stay[] = [];
  /** Lines of its room, by nonce: how often each came. */
  readonly heard = new Map<string, number>();
  /** Nonces it was told alone. */
  readonly told = new Map<string, number>();
  /** What must never be. */
  readonly wrongs: string[] = [];
  lastChange = 0;
  private client!: ChaosClient;
  private readonly asked: Asked[];
  private readonly gate: string;
  private busy = false;
  private lanes: Promise<void>[] = [];

  constructor(uid: string, room: string, otherRoom: string, gate: string, asked: Asked[]) {
    this.uid = uid;
    this.room = room;
    this.otherRoom = otherRoom;
    this.gate = gate;
    this.asked = asked;
  }

  /** In its room, as far as it knows. */
  get there(): boolean {
    return this.stays.length > 0 && this.stays[this.stays.length - 1]!.until === null;
  }

  async come(): Promise<void> {
    const webSocket = WebSocket as unknown as typeof globalThis.WebSocket;
    const backoff = { first: 100, longest: 1_000 };
    const { gate, uid, room } = this;
    let entered = "";
    const login = async (client: ChaosClient) => {
      entered = (await client.connector.entry.enter({ uid, room })).session;
    };
    this.client = await ChaosClient.connect({ gate, uid, webSocket, backoff, login, connectTimeout: 120_000 });
    this.client.onGap(() => this.stays.at(-1)?.gaps.push(now()));
    this.client.room.onLine((line) => this.hear(line));
    this.client.room.onTold((told) => this.beTold(told));
    const changed = (state: ConnectionState) => {
      this.lastChange = now();
      const stay = this.stays.at(-1);
      if (stay !== undefined && stay.until === null) {
        stay.until = now();
        stay.code = state.kind === "waiting" ? state.code : null;
      }
      if (state.kind === "open") {
        const { sessionId } = state;
        if (entered !== sessionId) this.wrongs.push(`session ${sessionId} is ${entered} to the server`);
        this.stays.push({ session: sessionId, from: now(), until: null, code: null, gaps: [] });
      } else if (state.kind === "closed" && state.code !== null) {
        this.wrongs.push(`${uid} was sent away for good: ${state.code} ${state.reason}`);
      }
    };
    this.client.onState(changed);
    changed(this.client.state);
  }

  /** A push to its room. */
  hear({ nonce, room }: Pick<Line, "nonce" | "room">): void {
    this.heard.set(nonce, (this.heard.get(nonce) ?? 0) + 1);
    if (room !== this.room) this.wrongs.push(`${this.uid} of room ${this.room} heard ${nonce} of room ${room}`);
  }

  /** A push to its session alone. One for the session that it had before is for another. */
  beTold({ nonce, session }: Told): void {
    this.told.set(nonce, (this.told.get(nonce) ?? 0) + 1);
    const own = this.there ? this.stays.at(-1)!.session : null;
    if (session !== own)
      this.wrongs.push(`${this.uid}, session ${own}, was told ${nonce}, which is for session ${session}`);
  }

  /** Asks for something all the time, several things at once. */
  begin(): void {
    this.busy = true;
    // Of the last there is always one that waits for its answer, whenever a fault comes.
    this.lanes = [this.lane(["say"], PAUSE), this.lane(["note", "also"], PAUSE), this.lane(["slow"], 0)];
  }

  /** Resolves when everything asked has its outcome. */
  async rest(): Promise<void> {
    this.busy = false;
    await Promise.all(this.lanes);
  }

  /** Asks for one thing more. */
  async ask(kind: Asked["kind"], payload = 40): Promise<Asked> {
    const nonce = `${this.uid}.${++nonces}`;
    const within = (kind === "note" ? connectorEntryNote : roomHallSay).timeout + GRACE;
    const asked: Asked = { nonce, kind, member: this, at: now(), within, outcomes: [], settledAt: 0 };
    this.asked.push(asked);
    const { connector, room } = this.client;
    const order = { nonce, wait: 0, also: "", payload: new Uint8Array(payload) };
    const settled = (outcome: Outcome) => {
      asked.outcomes.push(outcome);
      asked.settledAt = now();
    };
    await (kind === "note"
      ? connector.entry.note(order)
      : room.hall.say({ ...order, wait: kind === "slow" ? WAIT : 0, also: kind === "also" ? this.otherRoom : "" })
    ).then(
      (done) => {
        if (done.nonce !== nonce) this.wrongs.push(`${this.uid} asked ${nonce}, and was answered ${done.nonce}`);
        settled({ code: "OK", executed: "yes" });
      },
      (error: unknown) => {
        if (error instanceof CallError) settled({ code: error.name, executed: error.executed });
        else this.wrongs.push(`${nonce} was rejected with ${String(error)}`);
      },
    );
    return asked;
  }

  close(): void {
    this.client?.close();
  }

  private async lane(kinds: readonly Asked["kind"][], between: number): Promise<void> {
    for (let turn = 0; this.busy; turn++) {
      const { outcomes } = await this.ask(kinds[turn % kinds.length]!);
      const answered = outcomes[0]?.code === "OK";
      await new Promise((resolve) => setTimeout(resolve, answered ? between : PAUSE));
    }
  }
}
