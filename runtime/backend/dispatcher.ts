/**
 * Runs handlers and remotes: decodes the body, keeps the declared order, applies filters, enforces the deadline, and hands the outcome
 * to where it belongs. A handler that returns a value costs no promise; one that returns a promise costs one `then`.
 */
import type { Logger } from "pino";
import { BodyError } from "../../wire/body-error.js";
import { ErrorCode, type Executed } from "../../wire/error-code.js";
import type { Slab } from "../../wire/slab.js";
import type { DeadlineWheel } from "../cluster/deadline-wheel.js";
import { Failure } from "../failure.js";
import type { HandlerEntry } from "../manifest.js";
import type { Counters } from "../operate/counters.js";
import { LogLimit } from "../operate/log-limit.js";
import type { RouteTimes } from "../operate/route-times.js";
import type { TickClock } from "../operate/tick-clock.js";
import type { ServedSession } from "../session/served-session.js";
import { MOST_RUNNING, MOST_WAITING, SessionWork, type Turn, type Waiting } from "../session/session-work.js";
import type { AfterFilter, BeforeFilter, Outcome } from "./application.js";
import type { Arrival } from "./arrival.js";
import { type ContextRunner, type ReplySink, RouteContext } from "./route-context.js";
import type { Target } from "./target.js";

export interface FilterChain {
  // biome-ignore lint/suspicious/noExplicitAny: filters of every schema.
  readonly before: readonly BeforeFilter<any>[];
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  readonly after: readonly AfterFilter<any>[];
  /** Asked in order; the first that returns a failure decides. */
  readonly error: readonly ((error: unknown, context: RouteContext) => Failure | undefined)[];
}

export interface DispatcherOptions {
  readonly serverId: string;
  readonly filters: FilterChain;
  readonly wheel: DeadlineWheel;
  readonly clock: TickClock;
  readonly counters: Counters;
  readonly times: RouteTimes;
  /** Bytes of one session's requests that may wait for their turn. */
  readonly sessionBytes: number;
  readonly log: Logger;
  /** A random number that joins what the client is told with what the log says. */
  readonly random: () => number;
}

/** About handlers that fail unexpectedly, in ten seconds. */
const FAILURE_LINES = 100;

export class Dispatcher implements ContextRunner {
  readonly serverId: string;
  /** Handlers that returned a promise and have not finished: a backend's load. */
  running = 0;
  private readonly idleWorks: SessionWork[] = [];
  private readonly filters: FilterChain;
  private readonly filtered: boolean;
  private readonly wheel: DeadlineWheel;
  private readonly clock: TickClock;
  private readonly counters: Counters;
  private readonly times: RouteTimes;
  private readonly sessionBytes: number;
  private readonly log: Logger;
  private readonly random: () => number;
  /** A client that finds a request which fails can send it as often as it likes. */
  private readonly failures: LogLimit;

  constructor(options: DispatcherOptions) {
    this.serverId = options.serverId;
    this.filters = options.filters;
    this.filtered = options.filters.before.length + options.filters.after.length > 0;
    this.wheel = options.wheel;
    this.clock = options.clock;
    this.counters = options.counters;
    this.times = options.times;
    this.sessionBytes = options.sessionBytes;
    this.log = options.log;
    this.random = options.random;
    this.failures = new LogLimit(FAILURE_LINES, () => options.clock.now());
  }

  now(): number {
    return this.clock.now();
  }

  /** Takes one request whose body stands in the slab. Everything that can go wrong ends in `sink`. */
  dispatch(target: Target, sink: ReplySink, arrival: Arrival, slab: Slab, start: number, end: number): void {
    const context = new RouteContext(this, target, sink, arrival, this.clock.now());
    const { session } = arrival;
    let message: unknown;
    try {
      const codec = arrival.json ? (target.entry as HandlerEntry).json!.request : target.entry.request;
      message = codec.decode(slab, start, end);
    } catch (error) {
      if (!(error instanceof BodyError)) throw error;
      this.fail(context, Failure.of("BAD_BODY", `${target.entry.route}: ${error.message}`, "no"), "no");
      return;
    }
    // A session without pending work has nothing to wait for; only a promise makes it busy.
    const work = session === null ? null : session.work;
    if (work !== null && target.order !== "none") {
      const turn = target.order === "session" ? work.turn : work.routeTurn(target.entry.linkId);
      if (turn.running !== null) {
        this.wait(context, work, turn, message, end - start);
        return;
      }
    }
    if (work !== null && target.fromClients && work.tasks.size >= MOST_RUNNING) {
      this.overloaded(context, `${MOST_RUNNING} requests of this session run already`);
      return;
    }
    this.run(context, message);
  }

  /** The session is over: its handlers are told, and `closed` runs after the last of them and of what waits behind. */
  sessionEnded(session: ServedSession, closed: () => void): void {
    const work = session.work;
    if (work === null || work.idle) {
      closed();
      return;
    }
    work.whenIdle = closed;
    for (const task of work.tasks) task.abort(SESSION_ENDED);
  }

  /** The turn that it waited for has come. */
  begin(context: RouteContext, message: unknown): void {
    this.wheel.remove(context);
    context.turn = null;
    // After a stall of this process its turn may come before the wheel has found it.
    if (this.clock.now() >= context.deadline) this.late(context, "no");
    else this.run(context, message);
  }

  /** The wheel found the context's deadline passed, while it ran or while it waited for its turn. */
  expired(context: RouteContext): void {
    const waited = context.turn !== null && context.turn.running !== context;
    if (waited) this.dropWaiting(context);
    this.late(context, waited ? "no" : "unknown");
    this.finished(context);
  }

  private late(context: RouteContext, executed: Executed): void {
    const { entry } = context;
    const failure = Failure.of("TIMEOUT", `${entry.route} did not answer within ${entry.timeout} ms`, "unknown");
    context.abort(failure);
    if (context.settled) return;
    this.time(context);
    this.fail(context, failure, executed);
  }

  private wait(context: RouteContext, work: SessionWork, turn: Turn, message: unknown, bytes: number): void {
    if (work.waiting >= MOST_WAITING || work.waitingBytes + bytes > this.sessionBytes) {
      this.overloaded(
        context,
        `${work.waiting} requests of this session wait already, with ${work.waitingBytes} bytes`,
      );
      return;
    }
    context.turn = turn;
    work.waiting++;
    work.waitingBytes += bytes;
    turn.waiting.push(new WaitingRequest(this, context, message, bytes));
    this.wheel.add(context);
  }

  private overloaded(context: RouteContext, why: string): void {
    if (!context.target.answers) this.counters.droppedNotifies++;
    this.fail(context, Failure.of("OVERLOADED", `${context.route}: ${why}; send fewer at once`, "no"), "no");
  }

  private run(context: RouteContext, message: unknown): void {
    if (this.filtered) {
      this.track(context, this.runFiltered(context, message));
      return;
    }
    let result: unknown;
    try {
      result = context.target.method.call(context.target.instance, message, context);
    } catch (error) {
      this.settleError(context, error);
      return;
    }
    if (isThenable(result)) this.track(context, result);
    else this.settle(context, result);
  }

  /** Filters make a route asynchronous; routes of servers without any never come here. Settles by itself. */
  private async runFiltered(context: RouteContext, message: unknown): Promise<typeof SETTLED> {
    const { before, after } = this.filters;
    let response: unknown;
    let failure: Failure | null = null;
    let executed: Executed = "no";
    try {
      for (const filter of before) await filter(context, message);
      executed = "yes";
      // The deadline may have passed in a filter: then the handler must not start.
      if (!context.settled) response = await context.target.method.call(context.target.instance, message, context);
    } catch (error) {
      failure = this.toFailure(error, context);
    }
    if (!context.settled) {
      const outcome: Outcome = { response, failure };
      for (const filter of after) {
        try {
          await filter(context, outcome);
        } catch (error) {
          this.counters.exceptions++;
          this.log.error({ err: error, route: context.route }, "an after filter threw");
        }
      }
    }
    if (failure === null) this.settle(context, response);
    else this.settleFailure(context, failure, executed);
    return SETTLED;
  }

  private track(context: RouteContext, result: PromiseLike<unknown>): void {
    const session = context.servedSession;
    context.tracked = true;
    this.running++;
    if (session !== null) {
      session.work ??= this.idleWorks.pop() ?? new SessionWork();
      const work = session.work;
      work.tasks.add(context);
      if (work.whenIdle !== null) context.abort(SESSION_ENDED);
      if (context.target.order !== "none") {
        context.turn = context.target.order === "session" ? work.turn : work.routeTurn(context.entry.linkId);
        context.turn.running = context;
      }
    }
    if (context.wheelBucket < 0) this.wheel.add(context);
    // Through a promise of our own kind: somebody else's `then` may call back twice, at once, or throw.
    Promise.resolve(result).then(
      (response) => {
        if (response !== SETTLED) this.settle(context, response);
        this.wheel.remove(context);
        this.finished(context);
      },
      (error) => {
        this.settleError(context, error);
        this.wheel.remove(context);
        this.finished(context);
      },
    );
  }

  /** The handler is done or its time is over: the next in its turn may run. Called once or twice; the second finds nothing to do. */
  private finished(context: RouteContext): void {
    const work = context.servedSession?.work ?? null;
    if (context.tracked) {
      context.tracked = false;
      this.running--;
      work?.tasks.delete(context);
    }
    if (work === null) return;
    const turn = context.turn;
    if (turn !== null && turn.running === context) {
      turn.running = null;
      while (turn.running === null && turn.waiting.length > 0) {
        const next = turn.waiting.shift()!;
        work.waiting--;
        work.waitingBytes -= next.bytes;
        next.begin();
      }
    }
    if (!work.idle) return;
    const closed = work.whenIdle;
    work.whenIdle = null;
    // An idle session keeps nothing: that is what most sessions are most of the time.
    context.servedSession!.work = null;
    if (this.idleWorks.length < MOST_IDLE_WORKS) this.idleWorks.push(work);
    closed?.();
  }

  private dropWaiting(context: RouteContext): void {
    const waiting = context.turn!.waiting;
    const index = waiting.findIndex(({ task }) => task === context);
    if (index < 0) return;
    const [dropped] = waiting.splice(index, 1);
    const work = context.servedSession!.work!;
    work.waiting--;
    work.waitingBytes -= dropped!.bytes;
  }

  private settle(context: RouteContext, response: unknown): void {
    if (context.settled) {
      this.counters.lateAnswers++;
      return;
    }
    if (!context.target.answers) {
      context.settled = true;
      this.time(context);
      return;
    }
    try {
      context.sink.answer(context, response);
      context.settled = true;
      this.time(context);
    } catch (error) {
      // What the codec refused is the handler's mistake: its response is not the message the schema declares.
      this.settleError(context, error);
    }
  }

  /** It has its outcome. */
  private time({ deadline, patience, entry }: RouteContext): void {
    const now = this.clock.now();
    if (now + patience === deadline) this.times.atOnce(entry.linkId, now);
    else this.times.took(entry.linkId, now + patience - deadline);
  }

  private settleError(context: RouteContext, error: unknown): void {
    this.settleFailure(context, this.toFailure(error, context), "yes");
  }

  private settleFailure(context: RouteContext, failure: Failure, executed: Executed): void {
    if (context.settled) {
      this.counters.lateAnswers++;
      return;
    }
    this.time(context);
    // A stub has run, and done nothing.
    this.fail(context, failure, failure.code === ErrorCode.NOT_IMPLEMENTED ? "no" : executed);
  }

  private fail(context: RouteContext, failure: Failure, executed: Executed): void {
    context.settled = true;
    try {
      context.sink.fail(context, failure, executed);
    } catch (error) {
      // Whoever waits is told by its own deadline; an exception here would end the process.
      this.counters.exceptions++;
      this.log.error({ err: error, route: context.route }, "a failure could not be told");
    }
  }

  private toFailure(error: unknown, context: RouteContext): Failure {
    for (const filter of this.filters.error) {
      try {
        const failure = filter(error, context);
        if (failure !== undefined) return failure;
      } catch (thrown) {
        this.counters.exceptions++;
        this.log.error({ err: thrown, route: context.route }, "an error filter threw");
      }
    }
    if (error instanceof Failure) return error;
    const logId = this.random().toString(16).padStart(8, "0");
    this.counters.exceptions++;
    const { route } = context;
    const logged = this.failures.line((more) => {
      this.log.error({ err: error, logId, route, session: context.servedSession?.id, ...more }, "a handler failed");
    });
    return logged
      ? Failure.logged(`${route} failed; the server's log says more under ${logId}`, logId)
      : Failure.logged(`${route} failed, as it did often lately; the server's log says more of the last ones`, "");
  }
}

class WaitingRequest implements Waiting {
  readonly task: RouteContext;
  readonly bytes: number;
  private readonly dispatcher: Dispatcher;
  private readonly message: unknown;

  constructor(dispatcher: Dispatcher, task: RouteContext, message: unknown, bytes: number) {
    this.dispatcher = dispatcher;
    this.task = task;
    this.message = message;
    this.bytes = bytes;
  }

  begin(): void {
    this.dispatcher.begin(this.task, this.message);
  }
}

/** Kept for the next sessions; more are left to the garbage collector. */
const MOST_IDLE_WORKS = 1_024;

/** What `runFiltered` resolves to, so that its outcome is not taken for a response. */
const SETTLED = Symbol("settled");

const SESSION_ENDED = Failure.of("OUTCOME_UNKNOWN", "the session ended", "unknown");

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
