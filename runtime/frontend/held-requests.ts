/**
 * A session's requests that wait at its frontend: they are to go to another server than those before them, which still works for the
 * session. They follow, in their order, when it is done.
 */
import { Slab } from "../../wire/slab.js";
import { Deadlined } from "../cluster/deadline-wheel.js";
import type { RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import { MOST_WAITING } from "../session/session-work.js";
import type { FrontendProtocol } from "./frontend-protocol.js";

/** One of them. Its deadline is that of any request: counted from its arrival, however long it waits. */
export class HeldRequest extends Deadlined {
  readonly route: Route;
  /** A header of its own. */
  readonly header: RequestHeader;
  /** The frame alone, from 0. */
  readonly slab: Slab;
  private readonly late: (one: HeldRequest) => void;

  /** Copies the frame at `[start, end)`. `late` is called if the deadline passes while it is on the wheel. */
  constructor(
    { request }: FrontendProtocol,
    route: Route,
    slab: Slab,
    start: number,
    end: number,
    deadline: number,
    late: (one: HeldRequest) => void,
  ) {
    super();
    const length = end - start;
    const copy = new Slab(length);
    copy.append(slab, start, end);
    this.route = route;
    this.header = request.create();
    request.decode(this.header, copy, 0, length);
    this.slab = copy;
    this.deadline = deadline;
    this.late = late;
  }

  expire(): void {
    this.late(this);
  }
}

export class HeldRequests {
  /** By index of the type they are for. */
  private readonly byType = new Map<number, HeldRequest[]>();
  private count = 0;
  private bytes = 0;

  /** Whether requests for a type wait: those that follow have to wait behind them. */
  has(typeIndex: number): boolean {
    return this.byType.has(typeIndex);
  }

  get empty(): boolean {
    return this.byType.size === 0;
  }

  /** Whether one more may wait, with so many bytes, where `most` may. */
  hasRoom(bytes: number, most: number): boolean {
    return this.count < MOST_WAITING && this.bytes + bytes <= most;
  }

  add(one: HeldRequest): void {
    const held = this.byType.get(one.route.typeIndex);
    if (held === undefined) this.byType.set(one.route.typeIndex, [one]);
    else held.push(one);
    this.count++;
    this.bytes += one.slab.length;
  }

  /** It waits no longer. */
  remove(one: HeldRequest): void {
    const { typeIndex } = one.route;
    const staying = this.take(typeIndex).filter((other) => other !== one);
    for (const other of staying) this.add(other);
  }

  /** Those for a type; they wait no longer. */
  take(typeIndex: number): readonly HeldRequest[] {
    const held = this.byType.get(typeIndex) ?? [];
    this.byType.delete(typeIndex);
    this.count -= held.length;
    for (const { slab } of held) this.bytes -= slab.length;
    return held;
  }
}
