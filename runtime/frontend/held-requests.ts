/**
 * A session's requests that wait at its frontend: they are to go to another server than those before them, which still works for the
 * session. They follow, in their order, when it is done.
 */
import { copyBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import type { RequestHeader } from "../manifest.js";
import type { Route } from "../manifest-tables.js";
import type { FrontendSession } from "../session/frontend-session.js";

export interface HeldRequest {
  readonly route: Route;
  /** A header of its own. */
  readonly header: RequestHeader;
  /** The frame alone, from 0. */
  readonly slab: Slab;
}

export class HeldRequests {
  /** By index of the type they are for. */
  private readonly byType = new Map<number, HeldRequest[]>();
  private bytes = 0;

  /** Whether requests for a type wait: those that follow have to wait behind them. */
  has(typeIndex: number): boolean {
    return this.byType.has(typeIndex);
  }

  get empty(): boolean {
    return this.byType.size === 0;
  }

  /** Keeps a copy of the frame at `[start, end)`. False: more than `most` bytes would wait. */
  add(session: FrontendSession, route: Route, slab: Slab, start: number, end: number, most: number): boolean {
    const length = end - start;
    if (this.bytes + length > most) return false;
    const copy = new Slab(length);
    copyBytes(slab.bytes, start, end, copy.bytes, 0);
    copy.length = length;
    const { request } = session.protocol;
    const header = request.create();
    request.decode(header, copy, 0, length);
    const held = this.byType.get(route.typeIndex);
    if (held === undefined) this.byType.set(route.typeIndex, [{ route, header, slab: copy }]);
    else held.push({ route, header, slab: copy });
    this.bytes += length;
    return true;
  }

  /** Those for a type; they wait no longer. */
  take(typeIndex: number): readonly HeldRequest[] {
    const held = this.byType.get(typeIndex) ?? [];
    this.byType.delete(typeIndex);
    for (const { slab } of held) this.bytes -= slab.length;
    return held;
  }
}
