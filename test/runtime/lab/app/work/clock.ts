import type { WorkClock, WorkScheduleContext, WorkServer } from "../../generated/server/index.js";

export class Clock implements WorkClock {
  readonly server: WorkServer;

  constructor(server: WorkServer) {
    this.server = server;
  }

  /** Once a day, on one server. */
  beat(_context: WorkScheduleContext): void {
    this.server.notImplemented("work.clock.beat");
  }

  each(_context: WorkScheduleContext): void {
    this.server.notImplemented("work.clock.each");
  }

  night(_context: WorkScheduleContext): void {
    this.server.notImplemented("work.clock.night");
  }
}
