/**
 * What a server does by the clock. A schedule of `one` server runs on its home: the rendezvous winner for its name among the ready servers
 * of the type, which each server computes by itself.
 *
 * A time at which it is due is used at most once, and may be left out. Whoever wins a schedule begins when all servers of the type have
 * said that they see the same servers as it does (`cluster/home-barrier.ts`), so that none of them takes itself for the home; whoever loses
 * it ends at once. A server that reaches none of the others of its type, of whom one may have taken over, runs nothing. Only while two parts
 * of a cluster live on without each other does each have a home.
 */
import type { Timer } from "../../wire/timing.js";
import { Failure } from "../failure.js";
import type { ScheduleEntry } from "../manifest.js";
import { LogLimit } from "../operate/log-limit.js";
import { settledWithin } from "../operate/settled-within.js";
import type { ServerCore } from "../server-core.js";
import type { ScheduleContext } from "./application.js";
import { ScheduleRun } from "./schedule-run.js";
import { type ScheduleTimes, scheduleTimes } from "./schedule-times.js";

/** One schedule of this server, with the code that it runs. */
export interface ScheduleTarget {
  readonly entry: ScheduleEntry;
  readonly instance: object;
  readonly method: (context: ScheduleContext) => unknown;
}

/** The clock is looked at so often, because it may be set. Also, a process's timers reach no further than 24 days. Milliseconds. */
const LOOK = 1_000;

/** A time that passed while the process stood still is used so much later at most. Milliseconds. */
const LATEST = 5_000;

/**
 * What is due so soon after a schedule came here is left out: this server may have only just started, and not have met the home yet; and
 * whoever was the home may have a clock that is ahead, or not know yet that it was given up. Milliseconds.
 */
const MARGIN = 2_000;

/** How long a server that stops waits for what runs. Milliseconds. */
const PATIENCE = 5_000;

/** About schedules that fail, in ten seconds. */
const LINES = 10;

export class Schedules {
  private readonly core: ServerCore;
  private readonly schedules: readonly Schedule[];

  constructor(core: ServerCore, targets: readonly ScheduleTarget[]) {
    this.core = core;
    const lines = new LogLimit(LINES, () => core.timing.now());
    this.schedules = targets.map((target) => new Schedule(core, target, lines));
    if (targets.length === 0) return;
    core.view.onChange(() => this.update());
    core.homes.onSettled(() => this.update());
  }

  /** Runs that have not finished. */
  get running(): number {
    return this.schedules.reduce((sum, { runs }) => sum + runs.size, 0);
  }

  /** Begins no run any more; what runs goes on. */
  halt(): void {
    for (const schedule of this.schedules) schedule.halt();
  }

  /** Resolves when no run is left. */
  async finished(): Promise<void> {
    await Promise.all(this.schedules.flatMap(({ runs }) => [...runs.values()]));
  }

  /** Begins no run any more, and waits for what runs, though not for long; what still runs then is told. */
  async stop(): Promise<void> {
    this.halt();
    if (this.running === 0) return;
    await settledWithin(this.core.timing, PATIENCE, this.finished());
    const reason = Failure.of("DRAINING", `${this.core.id} stops`, "unknown");
    for (const { runs } of this.schedules) for (const run of runs.keys()) run.abort(reason);
  }

  private update(): void {
    for (const schedule of this.schedules) schedule.update();
  }
}

class Schedule {
  /** What runs, and when it is done. */
  readonly runs = new Map<ScheduleRun, Promise<void>>();
  private readonly core: ServerCore;
  private readonly target: ScheduleTarget;
  private readonly lines: LogLimit;
  private readonly times: ScheduleTimes;
  private halted = false;
  /** Runs here. */
  private mine = false;
  /** On the scale of `times`; null when it is never due again. */
  private due: number | null = null;
  private timer: Timer | null = null;
  /** The run that others wait for. */
  private current: ScheduleRun | null = null;
  /** Milliseconds since 1970 at which the run that waits was due. */
  private waiting: number | null = null;

  constructor(core: ServerCore, target: ScheduleTarget, lines: LogLimit) {
    this.core = core;
    this.target = target;
    this.lines = lines;
    this.times = scheduleTimes(target.entry.when, core.timing);
  }

  halt(): void {
    this.halted = true;
    this.waiting = null;
    this.update();
  }

  /** The view has changed, or what is known of it, or the server's own state. */
  update(): void {
    const mine = !this.halted && this.isMine();
    if (mine === this.mine) return;
    this.mine = mine;
    this.core.log.debug({ schedule: this.target.entry.name }, mine ? "schedule runs here" : "schedule runs elsewhere");
    this.timer?.cancel();
    this.timer = null;
    if (!mine) {
      this.waiting = null;
      return;
    }
    this.due = this.times.first(this.times.now(), this.target.entry.on === "one" ? MARGIN : 0);
    this.wait();
  }

  private isMine(): boolean {
    const { core } = this;
    const { entry } = this.target;
    const self = core.view.peer(core.incarnation);
    if (self?.state !== "ready") return false;
    if (entry.on === "each") return true;
    // It stays here while servers come and go, without waiting for their words.
    if (!this.mine && !core.homes.complete) return false;
    return core.router.chooseByKey(core.typeIndex, entry.name, entry.since) === self;
  }

  private wait(): void {
    if (this.due === null) return;
    const left = Math.max(0, this.due - this.times.now());
    this.timer = this.core.timing.after(Math.min(left, LOOK), this.look);
  }

  private readonly look = (): void => {
    const now = this.times.now();
    const { due } = this;
    if (due === null) return;
    if (now >= due) {
      this.due = this.times.next(due, now);
      const late = now - due;
      if (late > LATEST || this.isCutOff()) this.core.counters.skippedSchedules++;
      else this.tick(Math.round(this.core.timing.wallClock() - late));
    }
    if (this.mine) this.wait();
  };

  /** There are others to whom this may have gone over, and none of them can be reached. */
  private isCutOff(): boolean {
    const { core } = this;
    const { entry } = this.target;
    if (entry.on === "each") return false;
    const others = core.view.ready(core.typeIndex, entry.since).filter((peer) => peer.incarnation !== core.incarnation);
    return others.length > 0 && !others.some(({ link }) => canSend(link));
  }

  private tick(scheduledAt: number): void {
    if (this.current === null) {
      this.run(scheduledAt);
    } else if (this.target.entry.overlap === "queue" && this.waiting === null) {
      this.waiting = scheduledAt;
    } else {
      this.core.counters.skippedSchedules++;
    }
  }

  private run(scheduledAt: number): void {
    const { core, target } = this;
    const { name, timeout } = target.entry;
    const run = new ScheduleRun(name, scheduledAt, core.clock, timeout, () => this.expired(run));
    this.current = run;
    core.counters.scheduleRuns++;
    core.wheel.add(run);
    const done = this.attempt(run).then(() => {
      core.wheel.remove(run);
      this.runs.delete(run);
      this.settled(run);
    });
    this.runs.set(run, done);
  }

  /** Never rejects. */
  private async attempt(run: ScheduleRun): Promise<void> {
    try {
      await this.target.method.call(this.target.instance, run);
    } catch (error) {
      // A run that heeds its signal fails with what was told already.
      if (!run.expired || error !== run.signal.reason) this.failed(run, error);
    }
  }

  /** Its time is over, and nothing waits for it any more. */
  private expired(run: ScheduleRun): void {
    const { name, timeout } = this.target.entry;
    const text = `${name} has not finished within ${timeout} ms; watch context.signal`;
    const failure = Failure.of("TIMEOUT", text, "unknown");
    run.expired = true;
    run.abort(failure);
    this.failed(run, failure);
    this.settled(run);
  }

  private settled(run: ScheduleRun): void {
    if (this.current !== run) return;
    this.current = null;
    const { waiting } = this;
    this.waiting = null;
    if (waiting !== null) this.run(waiting);
  }

  private failed(run: ScheduleRun, error: unknown): void {
    const { core } = this;
    core.counters.failedSchedules++;
    const logId = core.timing.random().toString(16).padStart(8, "0");
    this.lines.line((more) => {
      const { schedule, scheduledAt } = run;
      core.log.error({ err: error, logId, schedule, scheduledAt, ...more }, "a schedule failed");
    });
  }
}

function canSend(link: { begin(bound: number): boolean; abandon(): void }): boolean {
  if (!link.begin(0)) return false;
  link.abandon();
  return true;
}
