/**
 * Serial arithmetic (RFC 1982) over a sequence field of 1 to 4 bytes: numbers wrap, and 0 is skipped, because it means "no
 * number". Orders are only meaningful for numbers less than half the range apart.
 */

/** The highest number that fits `bytes` bytes. */
export function sequenceMaximum(bytes: number): number {
  return 2 ** (8 * bytes) - 1;
}

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
