/**
 * Time that passes only when a test says so, and chance from a seed: the same test takes the same course every time.
 */
import { processTiming } from "../runtime/operate/process-timing.js";
import type { Timer, Timing } from "../wire/timing.js";

export interface VirtualTimingOptions {
  /** Seed of `random`, an unsigned 32-bit integer. Default 1. */
  readonly seed?: number;
  /** Milliseconds since 1970 when the test begins. Default 2024-01-01T00:00:00Z. */
  readonly wallClock?: number;
}

/** Tasks that may run at one instant before the test is taken to go round in a circle. */
const TASKS_AT_ONCE = 1_000_000;

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly task: () => void;
  /** Index in the heap; -1 when it is over. */
  index: number;
}

export class VirtualTiming implements Timing {
  #now = 0;
  readonly #epoch: number;
  #random: number;
  #order = 0;
  /** A binary heap: the next alarm first, among equals the one that was set first. */
  readonly #alarms: Alarm[] = [];
  #deferred: (() => void)[] = [];
  /** Of `#deferred`, how many have run: shifting a long array would move all the others. */
  #ran = 0;

  constructor(options: VirtualTimingOptions = {}) {
    this.#epoch = options.wallClock ?? Date.UTC(2024, 0, 1);
    this.#random = (options.seed ?? 1) >>> 0;
  }

  /** Milliseconds since the test began. */
  now(): number {
    return this.#now;
  }

  wallClock(): number {
    return this.#epoch + this.#now;
  }

  /** splitmix32: a full period over the seed, well mixed. */
  random(): number {
    this.#random = (this.#random + 0x9e3779b9) >>> 0;
    let value = this.#random;
    value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
    value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
    return (value ^ (value >>> 15)) >>> 0;
  }

  after(milliseconds: number, task: () => void): Timer {
    if (!(milliseconds >= 0)) throw new RangeError(`a timer of ${milliseconds} ms: it must be 0 or more`);
    const alarm: Alarm = { at: this.#now + milliseconds, order: this.#order++, task, index: this.#alarms.length };
    this.#alarms.push(alarm);
    this.#rise(alarm);
    return { cancel: () => this.#remove(alarm) };
  }

  defer(task: () => void): void {
    this.#deferred.push(task);
  }

  /** Timers that are set: after an orderly end there are none. */
  get pendingTimers(): number {
    return this.#alarms.length;
  }

  /** Deferred tasks that have not run yet. */
  get pendingTasks(): number {
    return this.#deferred.length - this.#ran;
  }

  /**
   * Lets `milliseconds` pass: runs what is deferred, then each timer that falls due at its own time, each followed by what it
   * deferred. Promises do not move on meanwhile: where they matter, `await settle` instead. An error of a task ends it where it is.
   */
  advance(milliseconds = 0): void {
    const end = this.#now + milliseconds;
    let count = 0;
    for (let before = this.#now; this.#step(end); ) {
      if (this.#now !== before) count = 0;
      before = this.#now;
      this.#checkCircle(++count);
    }
    this.#now = end;
  }

  /** Like `advance`, and lets promises move on before the first task, after each task, and after the last. */
  async settle(milliseconds = 0): Promise<void> {
    const end = this.#now + milliseconds;
    let count = 0;
    let before = this.#now;
    await drainMicrotasks();
    while (this.#step(end)) {
      if (this.#now !== before) count = 0;
      before = this.#now;
      this.#checkCircle(++count);
      await drainMicrotasks();
    }
    this.#now = end;
  }

  /**
   * Lets time pass until `promise` is settled, timer by timer and no further than it takes, and returns it. Throws when `limit`
   * milliseconds were not enough. For promises that wait for this timing alone: what comes from outside has no part in its time.
   */
  async until<T>(promise: Promise<T>, limit = 60_000): Promise<T> {
    const end = this.#now + limit;
    let settled = false;
    const settle = () => {
      settled = true;
    };
    promise.then(settle, settle);
    for (;;) {
      await this.settle();
      if (settled) return promise;
      const next = this.#alarms[0];
      if (next === undefined)
        throw new Error(`nothing is left to happen at ${this.#now} ms that could settle the promise`);
      if (next.at > end) throw new Error(`the promise was not settled within ${limit} ms`);
      this.#now = Math.max(this.#now, next.at);
    }
  }

  /** Runs the next task that is due by `end`; false when there is none. */
  #step(end: number): boolean {
    const task = this.#deferred[this.#ran];
    if (task !== undefined) {
      this.#ran++;
      task();
      return true;
    }
    this.#deferred = [];
    this.#ran = 0;
    const alarm = this.#alarms[0];
    if (alarm === undefined || alarm.at > end) return false;
    this.#remove(alarm);
    this.#now = Math.max(this.#now, alarm.at);
    alarm.task();
    return true;
  }

  #checkCircle(count: number): void {
    if (count <= TASKS_AT_ONCE) return;
    throw new Error(
      `${TASKS_AT_ONCE} tasks ran at ${this.#now} ms, and there is another: something goes round in a circle`,
    );
  }

  #remove(alarm: Alarm): void {
    const { index } = alarm;
    if (index === -1) return;
    alarm.index = -1;
    const last = this.#alarms.pop()!;
    if (last === alarm) return;
    this.#alarms[index] = last;
    last.index = index;
    this.#rise(last);
    this.#sink(last);
  }

  #rise(alarm: Alarm): void {
    const alarms = this.#alarms;
    while (alarm.index > 0) {
      const parent = alarms[(alarm.index - 1) >> 1]!;
      if (isBefore(parent, alarm)) return;
      this.#swap(parent, alarm);
    }
  }

  #sink(alarm: Alarm): void {
    const alarms = this.#alarms;
    for (;;) {
      const left = alarms[2 * alarm.index + 1];
      const right = alarms[2 * alarm.index + 2];
      if (left === undefined) return;
      const child = right !== undefined && isBefore(right, left) ? right : left;
      if (isBefore(alarm, child)) return;
      this.#swap(alarm, child);
    }
  }

  #swap(one: Alarm, other: Alarm): void {
    const { index } = one;
    one.index = other.index;
    other.index = index;
    this.#alarms[one.index] = one;
    this.#alarms[index] = other;
  }
}

function isBefore(one: Alarm, other: Alarm): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** Promises move on, however long their chains, before the process runs its next task. */
function drainMicrotasks(): Promise<void> {
  return new Promise((resolve) => processTiming.defer(resolve));
}
