/** What a suite has started, in the order it is stopped in reverse. */

interface Stoppable {
  stop(): Promise<void>;
}

export class Started {
  readonly #all: Stoppable[] = [];

  async add<T extends Stoppable>(starting: Promise<T>): Promise<T> {
    const one = await starting;
    this.#all.push(one);
    return one;
  }

  async stop(): Promise<void> {
    for (const one of this.#all.toReversed()) await one.stop();
  }
}
