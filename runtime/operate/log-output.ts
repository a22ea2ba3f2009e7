/**
 * A file that the log is written to. Lines are written beside the event loop, so that a reader who is slow holds nobody up; and what
 * cannot be written, since nobody reads or the disk is full, is left out: no server ends, or stays, for its log. Not pino's own output,
 * which fails the process when its reader has gone, and at the process's end tries a full disk for ever.
 */
import { write, writeSync } from "node:fs";
import { processTiming } from "./process-timing.js";

/** Characters that may wait for a reader; what comes then is left out. */
const MOST_WAITING = 16 * 1024 * 1024;

/** Milliseconds until a reader that can take nothing now is asked again. */
const PAUSE = 100;

export class LogOutput {
  readonly #descriptor: number;
  readonly #mostWaiting: number;
  #waiting = "";
  #writing = false;

  constructor(descriptor: number, mostWaiting = MOST_WAITING) {
    this.#descriptor = descriptor;
    this.#mostWaiting = mostWaiting;
  }

  write(line: string): void {
    if (this.#waiting.length + line.length > this.#mostWaiting) return;
    this.#waiting += line;
    if (!this.#writing) this.#writeNext();
  }

  /** Writes what waits before it returns: the process is about to end. */
  flush(): void {
    let rest = this.#take();
    try {
      while (rest.length > 0) rest = rest.subarray(writeSync(this.#descriptor, rest));
    } catch {
      // There is no later.
    }
  }

  #writeNext(): void {
    this.#writing = this.#waiting !== "";
    if (this.#writing) this.#writeOut(this.#take());
  }

  #writeOut(bytes: Buffer): void {
    write(this.#descriptor, bytes, (error, written) => {
      if (error?.code === "EAGAIN") processTiming.after(PAUSE, () => this.#writeOut(bytes));
      else if (error === null && written < bytes.length) this.#writeOut(bytes.subarray(written));
      else this.#writeNext();
    });
  }

  #take(): Buffer {
    const bytes = Buffer.from(this.#waiting);
    this.#waiting = "";
    return bytes;
  }
}
