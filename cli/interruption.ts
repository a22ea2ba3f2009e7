/** How a verb that stays learns that it should go. */

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

let beforeLeaving: () => void = () => {};

/** What a second signal does before it ends the process. */
export function onSecondSignal(task: () => void): void {
  beforeLeaving = task;
}

/**
 * Resolves at the first SIGINT or SIGTERM, or when the parent that keeps a channel to this process ends it. A second signal ends the
 * process on the spot, with the exit code that shells give it.
 */
export function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.on(signal, () => {
        if (asked) {
          beforeLeaving();
          process.exit(EXIT_CODES[signal]);
        }
        asked = true;
        resolve();
      });
    }
    process.once("disconnect", resolve);
    // It may have ended while this program was loaded.
    if (process.send !== undefined && !process.connected) resolve();
    // To listen for its end must not be a reason to stay when everything else is over.
    process.channel?.unref();
  });
}

/** The same for what takes a signal. */
export function signalOf(interrupted: Promise<void>): AbortSignal {
  const controller = new AbortController();
  void interrupted.then(() => controller.abort());
  return controller.signal;
}
