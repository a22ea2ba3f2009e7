/** A client's session as an application sees it, on the connector that owns it and on the backends it reaches. */

export interface Session<Data> {
  /** Unique among all sessions ever: owner's incarnation, slot and generation. */
  readonly id: string;
  /** Who this is, once something called `bind`; null before. */
  readonly uid: string | null;
  /** The typed session data. Change it with `update`. */
  readonly data: Readonly<Data>;
  /** The client's address as its connector saw it. */
  readonly clientIp: string;
  /** The session is over. */
  readonly closed: boolean;
  /**
   * Gives the session its user. Rejects with FORBIDDEN when another session has the uid and `conflict` is `reject-new`, and with
   * OUTCOME_UNKNOWN when the session or the uid's home is lost meanwhile.
   */
  bind(uid: string, options?: BindOptions): Promise<void>;
  /** Takes the user from the session. Never touches another session that has the same uid. */
  unbind(): Promise<void>;
  /** Sets fields of the session data. Seen at once here, and by every backend before the frames that follow. */
  update(patch: Partial<Data>): Promise<void>;
  /** Ends the session with close code KICKED; `reason` is shown to the client. */
  kick(reason?: string): Promise<void>;
}

export interface BindOptions {
  /** What happens when another session has this uid: it is kicked (default), this bind fails, or both keep it. */
  readonly conflict?: "kick-old" | "reject-new" | "allow";
}

/** The id that names a session everywhere. */
export function sessionId(owner: number, slot: number, generation: number): string {
  return `${owner.toString(36)}-${slot.toString(36)}-${generation.toString(36)}`;
}
