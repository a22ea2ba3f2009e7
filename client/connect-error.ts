/** Why a connection was given up. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** The close code the server gave; null when it gave none. */
  readonly code: number | null;

  constructor(message: string, code: number | null) {
    super(message);
    this.code = code;
  }
}
