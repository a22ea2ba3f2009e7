/**
 * Who listens to one kind of event. A listener that is removed while an event is being told does not hear it any more; one that is
 * added meanwhile hears the next. One that throws does not keep the others from hearing.
 */
export class Listeners<T> {
  // Replaced, never changed in place: a loop over it stays what it was.
  #entries: readonly Entry<T>[] = [];
  readonly #report: (error: unknown) => void;

  /** `report` is given what a listener throws, and must not throw. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  get empty(): boolean {
    return this.#entries.length === 0;
  }

  /** Returns the function that removes this listener. The same function may be added several times, and is then called as often. */
  add(listener: (event: T) => void): () => void {
    const entry: Entry<T> = { listener, active: true };
    this.#entries = [...this.#entries, entry];
    return () => {
      entry.active = false;
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  tell(event: T): void {
    for (const entry of this.#entries) {
      if (!entry.active) continue;
      try {
        entry.listener(event);
      } catch (error) {
        this.#report(error);
      }
    }
  }
}

interface Entry<T> {
  readonly listener: (event: T) => void;
  active: boolean;
}
