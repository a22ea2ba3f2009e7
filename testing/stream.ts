/** One direction of a connection in memory: deliveries in order, one a task, none inside the call that adds it. May be held. */
import type { Timing } from "../wire/timing.js";

interface Parcel {
  readonly bytes: number;
  readonly deliver: () => void;
}

export class Stream {
  held = false;
  /** Bytes under way. */
  bytes = 0;
  private readonly timing: Timing;
  private parcels: Parcel[] = [];

  constructor(timing: Timing) {
    this.timing = timing;
  }

  add(bytes: number, deliver: () => void): void {
    this.parcels.push({ bytes, deliver });
    this.bytes += bytes;
    this.timing.defer(this.next);
  }

  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    for (let count = this.parcels.length; count > 0; count--) this.timing.defer(this.next);
  }

  /** What is under way is lost. */
  clear(): void {
    this.parcels = [];
    this.bytes = 0;
  }

  private readonly next = (): void => {
    if (this.held) return;
    const parcel = this.parcels.shift();
    if (parcel === undefined) return;
    this.bytes -= parcel.bytes;
    parcel.deliver();
  };
}
