/**
 * Who listens to one kind of event. A listener that is removed while an event is being told does not hear it any more; one that is
 * added meanwhile hears the next. One that throws, or whose promise rejects, does not keep the others from hearing.
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

  /** Returns what listeners have promised: promises that are fulfilled when their listeners are done, and never reject. */
  tell(event: T): readonly Promise<void>[] {
    let promised: readonly Promise<void>[] = NOTHING;
    for (const entry of this.#entries) {
      if (!entry.active) continue;
      try {
        const result: unknown = entry.listener(event);
        if (result instanceof Promise) promised = [...promised, result.then(() => {}, this.#report)];
      } catch (error) {
        this.#report(error);
      }
    }
    return promised;
  }
}

const NOTHING: readonly Promise<void>[] = [];

interface Entry<T> {
  readonly listener: (event: T) => void;
  active: boolean;
}
