/** What was said and heard, beside what should have been. A conversation goes step by step; a step is over when every line of it is there. */

/** Milliseconds that a step's lines may take. Only a line that is missing makes anybody wait so long. */
const PATIENCE = 5_000;

export class Transcript {
  readonly #print: (line: string) => void;
  readonly #patience: number;
  /** Lines that came, and that no step has asked for yet. */
  readonly #arrived: string[] = [];
  readonly #missing: string[] = [];
  #wake: (() => void) | null = null;

  constructor(print: (line: string) => void, patience = PATIENCE) {
    this.#print = print;
    this.#patience = patience;
  }

  record(room: string, text: string): void {
    this.#arrived.push(lineOf(room, text));
    this.#wake?.();
  }

  /**
   * Does something in a room, and waits for the lines it should lead to. They are printed in the order given, whatever order they came
   * in; with a summary, that alone is printed.
   */
  async step(room: string, does: () => unknown, expected: readonly string[], summary?: string): Promise<void> {
    try {
      await does();
    } catch (error) {
      this.record(room, `failed: ${(error as Error).name}: ${(error as Error).message}`);
    }
    const lines = expected.map((text) => lineOf(room, text));
    const deadline = Date.now() + this.#patience;
    while (!lines.every((line) => this.#arrived.includes(line)) && (await this.#anotherLine(deadline - Date.now())));
    for (const line of lines) {
      const index = this.#arrived.indexOf(line);
      if (index === -1) {
        this.#missing.push(line);
      } else {
        this.#arrived.splice(index, 1);
        if (summary === undefined) this.#print(line);
      }
    }
    if (summary !== undefined) this.#print(lineOf(room, summary));
  }

  /** Lines that should be there and are not. */
  get missing(): readonly string[] {
    return this.#missing;
  }

  /** Lines that are there and should not be: a whisper that somebody else heard, a call that failed. */
  get surplus(): readonly string[] {
    return this.#arrived;
  }

  /** False when nothing came within so many milliseconds. */
  #anotherLine(milliseconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), Math.max(0, milliseconds));
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

const lineOf = (room: string, text: string) => `${room.padEnd(8)} ${text}`;
