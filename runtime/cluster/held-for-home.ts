/** What waits at a server until it knows what it is to a key: questions, pushes, joins and leaves, within bounds. */
import type { Timer, Timing } from "../../wire/timing.js";
import { inOrder, type Numbered } from "./frame-order.js";
import type { Peer } from "./peer.js";

export interface Held extends Numbered {
  readonly key: string;
  readonly from: Peer;
  readonly bytes: number;
  /** Milliseconds. */
  readonly patience: number;
  /** It came by way of another server, and goes before what did not. */
  readonly early: boolean;
  /** Called once, when it need not wait any more. */
  readonly go: () => void;
  /** Called once instead, when that takes too long. */
  readonly giveUp: () => void;
}

interface Waiting extends Held {
  readonly until: number;
}

/** What may wait, in count and bytes. */
const MOST_HELD = 65_536;
const MOST_HELD_BYTES = 16 * 1024 * 1024;

/** How often it is looked at whether something has waited for too long. Milliseconds. */
const LOOK = 250;

export class HeldForHome {
  private readonly timing: Timing;
  private held: Waiting[] = [];
  private bytes = 0;
  private timer: Timer | null = null;
  private draining = false;

  constructor(timing: Timing) {
    this.timing = timing;
  }

  get size(): number {
    return this.held.length;
  }

  /** False: as much waits as may. */
  add(one: Held): boolean {
    if (this.held.length >= MOST_HELD || this.bytes + one.bytes > MOST_HELD_BYTES) return false;
    this.held.push({ ...one, until: this.timing.now() + one.patience });
    this.bytes += one.bytes;
    this.timer ??= this.timing.after(LOOK, this.expire);
    return true;
  }

  /** Lets go what need not wait any more: of one sender in the order in which it was sent, and otherwise in which it came. */
  drain(waits: (one: Held) => boolean): void {
    if (this.draining) return;
    this.draining = true;
    const { held } = this;
    this.held = [];
    const staying: Waiting[] = [];
    for (const one of [...inOrder(held.filter(({ early }) => early)), ...held.filter(({ early }) => !early)]) {
      if (waits(one)) {
        staying.push(one);
        continue;
      }
      this.bytes -= one.bytes;
      one.go();
    }
    this.held = staying.concat(this.held);
    this.draining = false;
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
    this.held = [];
  }

  private readonly expire = (): void => {
    this.timer = null;
    const now = this.timing.now();
    const expired = this.held.filter(({ until }) => until <= now);
    this.held = this.held.filter(({ until }) => until > now);
    if (this.held.length > 0) this.timer = this.timing.after(LOOK, this.expire);
    for (const { bytes, giveUp } of expired) {
      this.bytes -= bytes;
      giveUp();
    }
  };
}
