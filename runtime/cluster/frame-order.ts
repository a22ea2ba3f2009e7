/**
 * Numbers what a server sends to homes. While homes move, frames of one sender may take ways of different lengths to the same home; there
 * they are put back into the order in which they were sent.
 */
import { nextSequence, sequenceDistance } from "../../wire/sequence.js";

/** The bytes of a number: they travel in an envelope's `correlation`, beside the sender's incarnation in `remaining`. */
const NUMBER_BYTES = 4;

export interface Numbered {
  /** The incarnation of the server that sent it first; 0: it has no place in an order. */
  readonly origin: number;
  readonly number: number;
}

export class FrameOrder {
  private last = 0;

  next(): number {
    this.last = nextSequence(this.last, NUMBER_BYTES);
    return this.last;
  }
}

/** The same, with each origin's by their numbers in the places that the origin has among all. */
export function inOrder<One extends Numbered>(frames: readonly One[]): readonly One[] {
  if (frames.length < 2) return frames;
  const byOrigin = new Map<number, One[]>();
  for (const frame of frames) {
    const before = byOrigin.get(frame.origin);
    if (before === undefined) byOrigin.set(frame.origin, [frame]);
    else before.push(frame);
  }
  for (const [origin, those] of byOrigin)
    if (origin !== 0) those.sort((one, other) => sequenceDistance(other.number, one.number, NUMBER_BYTES));
  const places = new Map<number, number>();
  return frames.map(({ origin }) => {
    const place = places.get(origin) ?? 0;
    places.set(origin, place + 1);
    return byOrigin.get(origin)![place]!;
  });
}
