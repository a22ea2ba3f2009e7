/** Timestamps and durations in protobuf's JSON: RFC 3339 with up to nine digits of a second, and seconds with an `s`. */
import { wrongValue } from "./body-write.js";
import type { JsonReader } from "./json-reader.js";

const TIMESTAMP = "google.protobuf.Timestamp";
const DURATION = "google.protobuf.Duration";

/** The shape of both messages. */
interface Seconds {
  seconds: bigint;
  nanos: number;
}

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):(\d\d))$/;
const SECONDS = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?s$/;

/** The first second of the year 1, and the last one of 9999, since 1970. */
const FIRST = -62_135_596_800n;
const LAST = 253_402_300_799n;
const LONGEST = 315_576_000_000n;
const BILLION = 1_000_000_000;

export function readTimestamp(json: JsonReader): Seconds {
  const expected = json.expected(TIMESTAMP, 'a time such as "2026-01-31T23:59:59.5Z", of the years 1 to 9999');
  const [, ...parts] = RFC_3339.exec(json.readText(TIMESTAMP)) ?? [];
  if (parts.length === 0) throw expected;
  const [year, month, day, hour, minute, second] = parts.slice(0, 6).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [, , , , , , fraction = "", sign, offsetHour = "0", offsetMinute = "0"] = parts;
  const date = new Date(0);
  // Not Date.UTC, which takes the years below 100 for those of the last century.
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!real || hour > 23 || minute > 59 || second > 59 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) {
    throw expected;
  }
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === "-" ? -60 : 60);
  const seconds = BigInt(date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset);
  if (seconds < FIRST || seconds > LAST) throw expected;
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}

export function writeTimestamp({ seconds, nanos }: Seconds): string {
  if (typeof seconds !== "bigint" || seconds < FIRST || seconds > LAST) {
    throw wrongValue(`${TIMESTAMP}.seconds`, `a bigint from ${FIRST} to ${LAST}`, seconds);
  }
  if (!Number.isInteger(nanos) || nanos < 0 || nanos >= BILLION) {
    throw wrongValue(`${TIMESTAMP}.nanos`, "an integer from 0 to 999999999", nanos);
  }
  return `"${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fractionText(nanos)}Z"`;
}

export function readDuration(json: JsonReader): Seconds {
  const expected = json.expected(DURATION, 'seconds such as "1.5s", of at most 315576000000');
  const [, sign, whole, fraction = ""] = SECONDS.exec(json.readText(DURATION)) ?? [];
  if (whole === undefined) throw expected;
  const seconds = BigInt(whole);
  const nanos = Number(fraction.padEnd(9, "0"));
  if (seconds > LONGEST) throw expected;
  return sign === "-" ? { seconds: -seconds, nanos: nanos === 0 ? 0 : -nanos } : { seconds, nanos };
}

export function writeDuration({ seconds, nanos }: Seconds): string {
  if (typeof seconds !== "bigint" || seconds < -LONGEST || seconds > LONGEST) {
    throw wrongValue(`${DURATION}.seconds`, `a bigint from -${LONGEST} to ${LONGEST}`, seconds);
  }
  const sameSign = seconds === 0n || nanos === 0 || seconds < 0n === nanos < 0;
  if (!Number.isInteger(nanos) || Math.abs(nanos) >= BILLION || !sameSign) {
    throw wrongValue(`${DURATION}.nanos`, "an integer of at most 999999999, with the sign of the seconds", nanos);
  }
  const sign = seconds < 0n || nanos < 0 ? "-" : "";
  return `"${sign}${seconds < 0n ? -seconds : seconds}${fractionText(Math.abs(nanos))}s"`;
}

/** No digits, or three, six or nine of them. */
function fractionText(nanos: number): string {
  if (nanos === 0) return "";
  const digits = String(nanos).padStart(9, "0");
  return `.${nanos % 1_000_000 === 0 ? digits.slice(0, 3) : nanos % 1000 === 0 ? digits.slice(0, 6) : digits}`;
}
