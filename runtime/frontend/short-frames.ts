/**
 * Frames that are copied more cheaply than a view of them is made: sockets are given them from one small stretch of memory, of which
 * there is a view of every length.
 */
import { copyWords, LONGEST_BY_WORDS } from "../../wire/copy-bytes.js";
import type { Slab } from "../../wire/slab.js";

/** Bytes of the longest of them. */
export const LONGEST_SHORT = LONGEST_BY_WORDS;

export class ShortFrames {
  private readonly view = new DataView(new ArrayBuffer(LONGEST_SHORT));
  private readonly ofLength = Array.from(
    { length: LONGEST_SHORT + 1 },
    (_, length) => new Uint8Array(this.view.buffer, 0, length),
  );

  /** `[start, end)` of the slab, until the next call. */
  copy(slab: Slab, start: number, end: number): Uint8Array {
    copyWords(slab.view, start, end, this.view, 0);
    return this.ofLength[end - start]!;
  }
}
