/** Why a connection was given up. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /** The close code the server gave; null when it gave none. */
  readonly code: number | null;

  /** `cause`: what a login threw. */
  constructor(message: string, code: number | null, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
