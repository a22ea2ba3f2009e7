/**
 * Keeps servers running that have a process each: starts them, starts them again when they end by themselves, and ends them in order.
 * It knows nothing of processes but what `spawn` tells it, and of time but what `timing` does.
 */
import type { Logger } from "pino";
import type { Timer, Timing } from "../../wire/timing.js";
import type { ServerPlace } from "./server-place.js";

/** Why a process ended. */
export type ProcessEnd =
  /** In order, with exit code 0: what is asked to end does so, and so does an application that says `process.exit()`. */
  | "orderly"
  /** It failed. */
  | "crashed"
  /** Something it needs cannot be had now. */
  | "unavailable"
  /** A server with its id runs somewhere else. */
  | "duplicate"
  /** It cannot run as it is configured: another start would end the same. */
  | "unfit";

export interface ServerProcess {
  /** Asks it to finish what it has, and to end. */
  ask(): void;
  /** Ends it on the spot. */
  kill(): void;
}

export interface ProcessEvents {
  /** The server works. */
  ready(): void;
  /** Somebody asked the process itself to end: by a signal, or over the bus. */
  asked(): void;
  /** The process is gone. `text` says how, for the log. */
  ended(how: ProcessEnd, text: string): void;
}

/** Starts a server's process. Calls no event before it has returned. */
export type SpawnServer = (place: ServerPlace, events: ProcessEvents) => ServerProcess;

export interface SupervisorOptions {
  readonly spawn: SpawnServer;
  /** Whether servers of a type have clients: those end before the others, which finish what they still ask. */
  readonly isFrontend: (type: string) => boolean;
  readonly timing: Timing;
  readonly log: Logger;
  /**
   * Milliseconds that a server may take to end before it is killed. Who has an id longer does not leave: then a second server of that id
   * is given up.
   */
  readonly patience?: number;
}

export type SupervisedState = "starting" | "ready" | "pausing" | "ending" | "stopped" | "given up";

export interface SupervisedServer extends ServerPlace {
  readonly state: SupervisedState;
  /** How often it was started again. */
  readonly restarts: number;
}

/** First pause before a server is started again; doubled each time it ends soon, up to the longest. Milliseconds. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 30_000;

/** A process that lives so long has recovered: what went before is forgotten. Milliseconds. */
const STEADY = 60_000;

/** Crashes, none of them after a steady time, after which a server is given up. */
const MOST_CRASHES = 8;

const PATIENCE = 60_000;

interface Supervised extends SupervisedServer {
  state: SupervisedState;
  restarts: number;
  process: ServerProcess | null;
  timer: Timer | null;
  startedAt: number;
  /** To end, this process: not by this supervisor. */
  asked: boolean;
  /** Ends since it was last steady: how long it pauses, and when it is given up. */
  ends: number;
  crashes: number;
  /** When its id was taken first, of all the times since it was not. */
  duplicateSince: number | null;
}

export class Supervisor {
  /** Resolves when nothing runs and nothing will: to whether every server ended because it was asked to. */
  readonly ended: Promise<boolean>;
  private readonly options: SupervisorOptions;
  private readonly byId = new Map<string, Supervised>();
  private readonly listeners: (() => void)[] = [];
  private finish: (well: boolean) => void = () => {};
  private stopping = false;
  /** All of the first ones have been ready: from then on the others do not end because one cannot run. */
  private settled = false;

  constructor(options: SupervisorOptions) {
    this.options = options;
    this.ended = new Promise((resolve) => {
      this.finish = resolve;
    });
  }

  get servers(): readonly SupervisedServer[] {
    return [...this.byId.values()];
  }

  /** How many are meant to run. */
  get load(): number {
    return this.servers.filter(({ state }) => state !== "stopped" && state !== "given up").length;
  }

  /** Calls `listener` after every change of a server's state. */
  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** Starts these servers. If one of them cannot run before all have been ready, none of them goes on. */
  start(places: readonly ServerPlace[]): void {
    for (const place of places) this.byId.set(place.id, supervised(place));
    for (const server of [...this.byId.values()]) this.spawn(server);
  }

  /** Starts one more server. False: it runs, or is about to, or everything is ending. */
  add(place: ServerPlace): boolean {
    const known = this.byId.get(place.id);
    if (this.stopping || (known !== undefined && known.state !== "stopped" && known.state !== "given up")) return false;
    const server = supervised(place);
    this.byId.set(place.id, server);
    this.spawn(server);
    return true;
  }

  /** Asks every server to end: those with clients first, and the others when those are gone. */
  stop(): void {
    if (this.stopping) return;
    this.stopping = true;
    this.endNext();
  }

  /** Ends every process on the spot. */
  kill(): void {
    this.stopping = true;
    for (const server of this.byId.values()) {
      server.timer?.cancel();
      server.process?.kill();
    }
  }

  private spawn(server: Supervised): void {
    const { spawn, timing } = this.options;
    server.startedAt = timing.now();
    server.asked = false;
    server.process = spawn(server, {
      ready: () => {
        server.duplicateSince = null;
        if (server.state === "starting") this.become(server, "ready");
      },
      asked: () => {
        server.asked = true;
      },
      ended: (how, text) => this.processEnded(server, how, text),
    });
    this.become(server, "starting");
  }

  private processEnded(server: Supervised, how: ProcessEnd, text: string): void {
    const { timing, log, patience = PATIENCE } = this.options;
    const asked = server.asked || server.state === "ending" || this.stopping;
    const about = { process: server.id, reason: reasonOf(how, text, asked) };
    server.process = null;
    server.timer?.cancel();
    server.timer = null;
    if (timing.now() - server.startedAt >= STEADY) {
      server.ends = 0;
      server.crashes = 0;
    }
    server.duplicateSince = how === "duplicate" ? (server.duplicateSince ?? timing.now()) : null;
    const isTaken = server.duplicateSince !== null && timing.now() - server.duplicateSince >= patience;
    server.ends++;
    if (how === "crashed" || how === "orderly") server.crashes++;
    if (asked) {
      if (how === "orderly") log.info(about, "server ended");
      else log.warn(about, "server was to end, and failed");
      this.become(server, "stopped");
    } else if (how === "unfit" || isTaken || server.crashes >= MOST_CRASHES) {
      log.error({ ...about, crashes: server.crashes }, "server is given up");
      this.become(server, "given up");
      if (!this.settled) this.stop();
    } else {
      this.pause(server, about);
    }
    if (this.stopping) this.endNext();
    else this.finishIfOver();
  }

  private pause(server: Supervised, about: object): void {
    const { timing, log } = this.options;
    const longest = Math.min(FIRST_PAUSE * 2 ** (server.ends - 1), LONGEST_PAUSE);
    // Between half of it and all: servers that ended together do not come back together.
    const pause = Math.round((longest * (512 + (timing.random() & 511))) / 1024);
    log.error({ ...about, pause }, "server ended by itself, and is started again");
    server.timer = timing.after(pause, () => {
      server.timer = null;
      server.restarts++;
      this.spawn(server);
    });
    this.become(server, "pausing");
  }

  /** Asks whoever is next in turn; called again whenever somebody has ended. */
  private endNext(): void {
    const { isFrontend } = this.options;
    const left = [...this.byId.values()].filter(({ state }) => state !== "stopped" && state !== "given up");
    const frontends = left.filter(({ type }) => isFrontend(type));
    for (const server of frontends.length > 0 ? frontends : left) this.end(server);
    this.finishIfOver();
  }

  private end(server: Supervised): void {
    if (server.state === "ending") return;
    server.timer?.cancel();
    server.timer = null;
    if (server.process === null) {
      this.become(server, "stopped");
      return;
    }
    const { timing, log, patience = PATIENCE } = this.options;
    server.process.ask();
    server.timer = timing.after(patience, () => {
      log.error({ process: server.id, patience }, "server does not end, and is killed");
      server.process?.kill();
    });
    this.become(server, "ending");
  }

  private become(server: Supervised, state: SupervisedState): void {
    server.state = state;
    if (
      !this.settled &&
      !this.stopping &&
      this.servers.every((one) => one.state === "ready" || one.state === "stopped")
    )
      this.settled = true;
    for (const listener of this.listeners) listener();
  }

  private finishIfOver(): void {
    const { servers } = this;
    if (servers.some(({ state }) => state !== "stopped" && state !== "given up")) return;
    this.finish(servers.every(({ state }) => state === "stopped"));
  }
}

function reasonOf(how: ProcessEnd, text: string, asked: boolean): string {
  if (how === "duplicate") return `${text}, since a server with its id runs already`;
  return how === "orderly" && !asked ? `${text}, and nobody had asked it to end` : text;
}

const supervised = (place: ServerPlace): Supervised => ({
  ...place,
  state: "starting",
  restarts: 0,
  process: null,
  timer: null,
  startedAt: 0,
  asked: false,
  ends: 0,
  crashes: 0,
  duplicateSince: null,
});
