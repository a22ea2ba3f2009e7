/** What servers' processes print, line by line on one output: lines of the log as they are, others with the server's id in front. */

/** A line that is longer is cut: somebody prints without an end. */
const LONGEST = 1_048_576;

export class LabelledLines {
  readonly #label: string;
  readonly #write: (text: string) => void;
  #rest = "";

  constructor(id: string, write: (text: string) => void) {
    this.#label = id;
    this.#write = write;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    if (this.#rest.length > LONGEST) lines.push(this.#take());
    if (lines.length > 0) this.#write(lines.map((line) => this.#labelled(line)).join(""));
  }

  /** The last line may have no end. */
  end(): void {
    if (this.#rest !== "") this.#write(this.#labelled(this.#take()));
  }

  #take(): string {
    const rest = this.#rest;
    this.#rest = "";
    return rest;
  }

  /** A line of the log says itself whose it is. */
  #labelled(line: string): string {
    return line.startsWith("{") && line.includes(`"server":"${this.#label}"`)
      ? `${line}\n`
      : `${this.#label} | ${line}\n`;
  }
}
