/** One run of a schedule: what its method is given, until it is done or its time is over. */
import { Deadlined } from "../cluster/deadline-wheel.js";
import type { Failure } from "../failure.js";
import type { TickClock } from "../operate/tick-clock.js";
import type { ScheduleContext } from "./application.js";

export class ScheduleRun extends Deadlined implements ScheduleContext {
  readonly schedule: string;
  readonly scheduledAt: number;
  /** Its deadline has passed. */
  expired = false;
  private readonly controller = new AbortController();
  private readonly clock: TickClock;
  private readonly late: () => void;

  /** `late` is called once, if the deadline passes while the run is on the wheel. */
  constructor(schedule: string, scheduledAt: number, clock: TickClock, timeout: number, late: () => void) {
    super();
    this.schedule = schedule;
    this.scheduledAt = scheduledAt;
    this.clock = clock;
    this.late = late;
    this.deadline = clock.now() + timeout;
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get remaining(): number {
    return Math.max(0, this.deadline - this.clock.now());
  }

  abort(reason: Failure): void {
    this.controller.abort(reason);
  }

  expire(): void {
    this.late();
  }
}
