/**
 * The joins and leaves that this server has asked homes for and that the sessions' frontends have not confirmed. A home may die with them,
 * and so may whoever sends them on: they are sent again, until the frontend has taken them or the session is over. Twice does no harm.
 */
import type { Timer, Timing } from "../../wire/timing.js";
import { PushTarget } from "../bus/cluster-messages.js";
import { ENVELOPE_BYTES, encodeEnvelope, flagEnvelope, HELD_FLAG } from "../bus/envelope.js";
import type { FrameOrder } from "../cluster/frame-order.js";
import type { Router } from "../cluster/router.js";
import type { SessionReference } from "../session/session-reference.js";

export interface SentChangesOptions {
  readonly type: string;
  readonly typeIndex: number;
  readonly incarnation: number;
  readonly router: Router;
  readonly frameOrder: FrameOrder;
  readonly timing: Timing;
}

/** A session that the change is about; what is over joins nothing. */
export interface ChangedSession extends SessionReference {
  readonly closed: boolean;
}

interface Change {
  readonly kind: number;
  readonly name: string;
  readonly session: ChangedSession;
  readonly number: number;
  sentAt: number;
  tries: number;
}

/** Milliseconds without a confirmation after which a change is sent again: longer than homes take to move when nobody has died. */
const PATIENCE = 3_000;

/** How often a change is sent: even one after the other that waits for as long as frames may wait for a home comes to its end. */
const MOST_TRIES = 20;

/** Between two looks at what is not confirmed. Milliseconds. */
const PAUSE = 1_000;

/** Changes of one frontend's sessions that are not confirmed. */
const MOST_CHANGES = 65_536;

export class SentChanges {
  private readonly options: SentChangesOptions;
  /** By the sessions' owner, in the order in which they were sent. */
  private readonly waiting = new Map<number, Change[]>();
  private timer: Timer | null = null;

  constructor(options: SentChangesOptions) {
    this.options = options;
  }

  /** Changes that wait for their confirmation. */
  get size(): number {
    let size = 0;
    for (const changes of this.waiting.values()) size += changes.length;
    return size;
  }

  /** `no home`: no server of the type is ready. `full`: the link to it is, or is down, or too much waits. */
  send(kind: number, name: string, session: ChangedSession): "sent" | "no home" | "full" {
    const { frameOrder, timing } = this.options;
    const changes = this.waiting.get(session.owner) ?? [];
    if (changes.length >= MOST_CHANGES) return "full";
    const change: Change = { kind, name, session, number: frameOrder.next(), sentAt: timing.now(), tries: 1 };
    // Before it is sent: where home and frontend are this very server it is confirmed at once.
    changes.push(change);
    this.waiting.set(session.owner, changes);
    const outcome = this.write(change, 0);
    if (outcome !== "sent") this.forget(session.owner, changes, changes.length - 1);
    else if (this.waiting.size > 0) this.timer ??= timing.after(PATIENCE, this.look);
    return outcome;
  }

  /** A frontend has taken a change. */
  taken(kind: number, name: string, { slot, generation, owner }: SessionReference): void {
    const changes = this.waiting.get(owner) ?? [];
    const index = changes.findIndex(
      (one) =>
        one.kind === kind && one.session.slot === slot && one.session.generation === generation && one.name === name,
    );
    if (index >= 0) this.forget(owner, changes, index);
  }

  /** A frontend is gone, and its sessions with it. */
  left(owner: number): void {
    this.waiting.delete(owner);
  }

  close(): void {
    this.timer?.cancel();
    this.timer = null;
    this.waiting.clear();
  }

  /** A home is gone, or something on the way to one: all is sent again. */
  sendAgain(): void {
    this.resend(0);
  }

  private readonly look = (): void => {
    this.timer = null;
    this.resend(PATIENCE);
    if (this.waiting.size > 0) this.timer ??= this.options.timing.after(PAUSE, this.look);
  };

  /** Sends again what was sent so many milliseconds ago, or more. */
  private resend(age: number): void {
    const now = this.options.timing.now();
    for (const [owner, changes] of this.waiting) {
      const wanted = changes.filter(({ session, tries }) => !session.closed && tries < MOST_TRIES);
      if (wanted.length === 0) this.waiting.delete(owner);
      else this.waiting.set(owner, wanted);
      // What is sent to this server itself may be confirmed meanwhile.
      for (const change of [...wanted]) {
        if (now - change.sentAt < age) continue;
        change.sentAt = now;
        change.tries++;
        if (this.write(change, HELD_FLAG) !== "sent") break;
      }
    }
  }

  private forget(owner: number, changes: Change[], index: number): void {
    // Nearly always the first, and taking that off a long array moves nothing.
    if (index === 0) changes.shift();
    else changes.splice(index, 1);
    if (changes.length === 0 && this.waiting.get(owner) === changes) this.waiting.delete(owner);
  }

  private write({ kind, name, session, number }: Change, flags: number): "sent" | "no home" | "full" {
    const { type, typeIndex, incarnation, router } = this.options;
    const home = router.home(typeIndex, name);
    if (home === null) return "no home";
    const link = home.direct;
    if (!link.begin(ENVELOPE_BYTES)) return "full";
    const { slab } = link;
    const start = slab.length;
    const { slot, generation, owner } = session;
    slab.length += ENVELOPE_BYTES;
    PushTarget.encode({ type, name, key: "" }, slab);
    const headerBytes = slab.length - start - ENVELOPE_BYTES;
    encodeEnvelope(slab, start, kind, 0, 0, headerBytes, number, slot, generation, owner, incarnation);
    flagEnvelope(slab, start, flags);
    link.end();
    return "sent";
  }
}
