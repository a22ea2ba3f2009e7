/**
 * What a session that does not keep up is owed of pushes with overflow `latest`: of each key the newest frame. Bounded in number and in
 * bytes; beyond, those that have waited longest go.
 */

/** Keys of one session. */
const MOST_KEYS = 1024;

export class LatestFrames {
  private readonly mostBytes: number;
  /** In the order of the newest frames. */
  private readonly frames = new Map<string, Uint8Array>();
  bytes = 0;

  constructor(mostBytes: number) {
    this.mostBytes = mostBytes;
  }

  get size(): number {
    return this.frames.size;
  }

  /** Keeps a frame in place of the key's last one. Returns how many of other keys had to go, or 1 when it is itself too large. */
  keep(key: string, frame: Uint8Array): number {
    this.forget(key);
    if (frame.length > this.mostBytes) return 1;
    this.frames.set(key, frame);
    this.bytes += frame.length;
    let dropped = 0;
    while (this.frames.size > MOST_KEYS || this.bytes > this.mostBytes) {
      this.forget(this.frames.keys().next().value!);
      dropped++;
    }
    return dropped;
  }

  /** A newer one is on its way. */
  forget(key: string): void {
    const frame = this.frames.get(key);
    if (frame === undefined) return;
    this.bytes -= frame.length;
    this.frames.delete(key);
  }

  /** What has waited longest; it may be forgotten while this goes on. */
  entries(): IterableIterator<[string, Uint8Array]> {
    return this.frames.entries();
  }
}
