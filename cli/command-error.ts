/** A verb cannot do what was asked. The message is for the person at the terminal; no stack is shown. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: ExitCode;

  constructor(message: string, exitCode: ExitCode = ExitCode.FAILED) {
    super(message);
    this.exitCode = exitCode;
  }
}

export const ExitCode = {
  OK: 0,
  /** What was asked could not be done, or a check found something. Diagnostics are on stderr. */
  FAILED: 1,
  /** The command line itself is wrong: an unknown verb or option, a missing or malformed argument. */
  USAGE: 2,
  /** A server cannot run as it is configured. To start it again without a change is of no use. */
  CONFIGURATION: 3,
  /** A server with the same id runs already. */
  DUPLICATE: 4,
  /** A port, the bus or what else a server needs cannot be had now. It may be later. */
  UNAVAILABLE: 5,
} as const;

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
