/**
 * A server's way out: everybody is told, and confirms that nothing new follows; clients are sent elsewhere; what was begun is finished.
 * It does not stop the server, and takes `drainTimeout` at most.
 */
import type { Timer } from "../../wire/timing.js";
import { Operation } from "../bus/envelope.js";
import type { Frontend } from "../frontend/frontend.js";
import type { ServerCore } from "../server-core.js";
import { isNamed, servePinned } from "../session/pinned-sessions.js";
import { NO_SESSION } from "../session/session-reference.js";
import type { Peer } from "./peer.js";

export interface DrainOptions {
  readonly core: ServerCore;
  /** Null on a backend. */
  readonly frontend: Frontend | null;
  /** Announces that the server drains. */
  readonly announce: () => void;
  /** Handlers, remotes and schedules that have not finished. */
  readonly running: () => number;
}

/** Between two looks at what is left. Milliseconds. */
const INTERVAL = 50;

/** Between two questions whether sessions name this server. Milliseconds. */
const ASKING_INTERVAL = 500;

export class Drain {
  /** Resolves when nothing is left to wait for, or the time is over. */
  readonly done: Promise<void>;
  private readonly options: DrainOptions;
  private readonly deadline: number;
  private timer: Timer | null;
  private over = false;
  private resolve: () => void = () => {};
  private named = true;
  private nextQuestion = 0;

  constructor(options: DrainOptions) {
    this.options = options;
    const { timing, limits } = options.core;
    this.deadline = timing.now() + limits.drainTimeout;
    this.done = new Promise((resolve) => {
      this.resolve = resolve;
    });
    this.timer = timing.after(limits.drainTimeout, this.look);
    options.announce();
    void this.begin();
  }

  /** Waits no longer: the server stops. */
  end(): void {
    this.over = true;
    this.timer?.cancel();
    this.resolve();
  }

  private async begin(): Promise<void> {
    const { core } = this.options;
    core.log.info("server drains");
    // Links are ordered: what a server sent here before it knew has arrived when its answer does.
    await Promise.all([...core.view.all()].map((peer) => this.confirmed(peer)));
    this.timer?.cancel();
    if (!this.over) this.look();
  }

  /** Resolves when a peer has confirmed it, or is gone; or when half of the time is over, for there is more to do than to wait for one. */
  private async confirmed(peer: Peer): Promise<void> {
    const { core } = this.options;
    const until = this.deadline - core.limits.drainTimeout / 2;
    while (!this.over && peer.alive && core.timing.now() < until) {
      try {
        await core.operations.ask(peer, Operation.DRAINING, NO_SESSION, null, null, `drain of ${core.id}`);
        return;
      } catch {
        // Its link is full or down, or an answer was lost: again.
        await new Promise<void>((resolve) => core.retries.later(resolve));
      }
    }
  }

  private readonly look = (): void => {
    const { core, frontend, running } = this.options;
    const now = core.timing.now();
    const late = now >= this.deadline;
    const empty = frontend === null || frontend.depart();
    // Others may still wait for its word as the home of before, or give it something because they have not turned away from it.
    const asked = core.operations.serving > 0 || core.homes.waiting > 0 || !core.homes.complete;
    const owing = core.sentChanges.size > 0 || core.pushLosses.size > 0;
    const idle = running() === 0 && !asked && !owing && !this.isNamed(now);
    if ((empty && idle) || late) {
      if (late) core.log.warn({ sessions: frontend?.sessions.size ?? 0, running: running() }, "drain took too long");
      this.end();
      return;
    }
    this.timer = core.timing.after(INTERVAL, this.look);
  };

  /** By what was heard last. */
  private isNamed(now: number): boolean {
    const { core } = this.options;
    if (core.type.routeBy?.kind !== "server") return false;
    if (this.named && now >= this.nextQuestion) {
      this.nextQuestion = Number.MAX_VALUE;
      void isNamed(core).then((named) => {
        this.named = named;
        this.nextQuestion = core.timing.now() + ASKING_INTERVAL;
      });
    }
    return this.named;
  }
}

/** Answers what draining servers ask of this one. */
export function serveDrain(core: ServerCore, frontend: Frontend | null): void {
  core.operations.serve(Operation.DRAINING, ({ from }) => {
    core.view.drains(from);
    return undefined;
  });
  if (frontend !== null) servePinned(core, frontend.sessions);
}
