/** A frame without a body that must not be lost to a full link: see `notices.ts`. */
import type { SessionReference } from "../session/session-reference.js";

export interface Notice {
  readonly kind: number;
  readonly code: number;
  readonly correlation: number;
  /** Of the header, which is left out when both are empty. */
  readonly type: string;
  readonly name: string;
  readonly session: SessionReference;
  /** A join or leave: the incarnation of the server that asked for it. */
  readonly origin?: number;
}
