/** A session by its place: what servers name to each other instead of an object. */
export interface SessionReference {
  readonly slot: number;
  readonly generation: number;
  /** Incarnation of the connector that owns it. */
  readonly owner: number;
}

export const NO_SESSION: SessionReference = { slot: 0, generation: 0, owner: 0 };
