/** Runs a decoder twice on the same bytes with something else around them, and looks at what it makes and how much it asks for. */
import { isDeepStrictEqual } from "node:util";
import type { Slab } from "../../wire/slab.js";

/** What a decoder did: gave a value, or threw the one error that it may throw. */
type Outcome = { readonly value: unknown } | { readonly refused: true };

/** Longer inputs than this do not fit. */
export const ROOM = 64 * 1024;

export class Observer {
  /** One whose last bytes are the memory's last: what is read behind them is undefined. */
  readonly #tight: Slab;
  /** One with other bytes before and behind. */
  readonly #wide: Slab;
  // biome-ignore lint/suspicious/noExplicitAny: whatever class the compiled modules throw.
  readonly #error: any;

  // biome-ignore lint/suspicious/noExplicitAny: as above.
  constructor(newSlab: (capacity: number) => Slab, error: any) {
    this.#tight = newSlab(ROOM);
    this.#wide = newSlab(ROOM * 2);
    this.#error = error;
  }

  /**
   * The decoder's outcome. Fails when it throws anything else than its error, or when the bytes around make a difference. `poison` is
   * what they are.
   */
  decode(input: Uint8Array, poison: number, decode: (slab: Slab, start: number, end: number) => unknown): Outcome {
    const tight = this.#tight;
    const from = tight.bytes.length - input.length;
    if (from > 0) tight.bytes[from - 1] = poison;
    tight.bytes.set(input, from);
    tight.length = tight.bytes.length;
    const outcome = this.#run(() => decode(tight, from, from + input.length));
    const wide = this.#wide;
    const start = 1 + (poison & 63);
    wide.bytes.fill(poison, start - 1, start + input.length + 32);
    wide.bytes.set(input, start);
    wide.length = start + input.length;
    const again = this.#run(() => decode(wide, start, start + input.length));
    if (!isDeepStrictEqual(outcome, again)) {
      throw new Error(`what is around the bytes makes a difference: ${show(outcome)} and ${show(again)}`);
    }
    return outcome;
  }

  #run(decode: () => unknown): Outcome {
    try {
      return { value: decode() };
    } catch (error) {
      if (error instanceof this.#error) return { refused: true };
      throw error;
    }
  }
}

function show(outcome: Outcome): string {
  const text = JSON.stringify(outcome, (_key, value) => (typeof value === "bigint" ? `${value}n` : value)) ?? "";
  return text.slice(0, 300);
}

/** UTF-16 units, bytes and elements in a value, all together. Integers weigh nothing, also where a program has them as text. */
export function weightOf(value: unknown): number {
  if (typeof value === "string") return /^-?\d{1,20}$/.test(value) ? 0 : value.length;
  if (typeof value !== "object" || value === null) return 0;
  if (value instanceof Uint8Array) return value.length;
  let weight = 0;
  if (value instanceof Map) {
    for (const [key, each] of value) weight += 1 + weightOf(key) + weightOf(each);
  } else if (Array.isArray(value)) {
    for (const each of value) weight += 1 + weightOf(each);
  } else {
    const { case: member, value: held } = value as { case?: unknown; value?: unknown };
    // A oneof's member is named by the schema, not by the bytes.
    if (typeof member === "string") return weightOf(held);
    for (const each of Object.values(value)) weight += weightOf(each);
    for (const symbol of Object.getOwnPropertySymbols(value)) weight += weightOf(Reflect.get(value, symbol));
  }
  return weight;
}

/** The most elements that one typed array was made for while `work` ran. */
export function largestAllocation(work: () => void): number {
  let largest = 0;
  const scope = globalThis as Record<string, unknown>;
  const names = ["Uint8Array", "Uint16Array"];
  const originals = names.map((name) => scope[name] as new (...given: unknown[]) => { length: number });
  const allocate = Buffer.allocUnsafeSlow;
  Buffer.allocUnsafeSlow = (size) => {
    largest = Math.max(largest, size);
    return allocate(size);
  };
  for (const [index, name] of names.entries()) {
    scope[name] = new Proxy(originals[index]!, {
      construct(target, given, newTarget) {
        const made = Reflect.construct(target, given, newTarget === scope[name] ? target : newTarget);
        largest = Math.max(largest, made.length);
        return made;
      },
    });
  }
  try {
    work();
  } finally {
    for (const [index, name] of names.entries()) scope[name] = originals[index];
    Buffer.allocUnsafeSlow = allocate;
  }
  return largest;
}
