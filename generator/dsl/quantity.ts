/** Reads the quantities a schema may write as text: `"10s"`, `"4kb"`, `"20/s"`. Each returns null for what it does not understand. */

const MILLISECONDS = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds of a duration; whole and above zero. */
export function readDuration(value: unknown): number | null {
  const read = typeof value === "number" ? value : scaled(value, /^(\d+(?:\.\d+)?)(ms|s|m|h)$/, MILLISECONDS);
  return read !== null && Number.isSafeInteger(read) && read > 0 ? read : null;
}

const BYTES = new Map([
  ["b", 1],
  ["kb", 1024],
  ["mb", 1024 * 1024],
]);

/** Bytes of a size; whole, zero included. */
export function readByteSize(value: unknown): number | null {
  const read = typeof value === "number" ? value : scaled(value, /^(\d+(?:\.\d+)?)(b|kb|mb)$/, BYTES);
  return read !== null && Number.isSafeInteger(read) && read >= 0 ? read : null;
}

const SECONDS = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3600],
]);

/** `"60/m"` as a bucket: one per second, and all sixty at once. Null for other text. */
export function readRate(text: string): { perSecond: number; burst: number } | null {
  const [, count, unit] = /^(\d+)\/([smh])$/.exec(text) ?? [];
  if (count === undefined || Number(count) === 0) return null;
  return { perSecond: Number(count) / SECONDS.get(unit!)!, burst: Number(count) };
}

function scaled(value: unknown, form: RegExp, units: ReadonlyMap<string, number>): number | null {
  const [, count, unit] = typeof value === "string" ? (form.exec(value.toLowerCase()) ?? []) : [];
  return count === undefined ? null : Number(count) * units.get(unit!)!;
}
