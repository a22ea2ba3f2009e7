/** What becomes of a start that somebody asked to stop: an application that is still starting is not waited for. */

/** It was asked to stop before it was ready. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("asked to stop before it was ready");
  }
}

/** As `task`; but rejects with StoppedError when the signal comes first, and nobody waits for the task any more. */
export function unlessStopped<T>(task: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new StoppedError());
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop);
    void task.then(resolve, reject).finally(() => signal?.removeEventListener("abort", stop));
  });
}
