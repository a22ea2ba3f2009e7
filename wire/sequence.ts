/**
 * Serial arithmetic (RFC 1982) over a sequence field of 1 to 4 bytes: numbers wrap, and 0 is skipped, because it means "no
 * number". Orders are only meaningful for numbers less than half the range apart.
 */

/** The highest number that fits `bytes` bytes. */
export function sequenceMaximum(bytes: number): number {
  return maxima[bytes]!;
}

// A table, because every push to every session asks.
const maxima: readonly number[] = [0, 0xff, 0xffff, 0xff_ffff, 0xffff_ffff];

/** The number after `sequence`. */
export function nextSequence(sequence: number, bytes: number): number {
  return sequence >= sequenceMaximum(bytes) ? 1 : sequence + 1;
}

/**
 * How many steps `to` is ahead of `from`; negative when it is behind. Between numbers exactly half the range apart it is behind.
 * Both count from 1: there are `sequenceMaximum(bytes)` numbers.
 */
export function sequenceDistance(from: number, to: number, bytes: number): number {
  const count = sequenceMaximum(bytes);
  let distance = to - from;
  if (distance < 0) distance += count;
  return distance > (count - 1) / 2 ? distance - count : distance;
}
