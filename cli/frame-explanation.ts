/** The text that `explain` prints: what a frame says under one layout, as far as it can be read. */
import pc from "picocolors";
import type { Model } from "../generator/model.js";
import { Slab } from "../wire/slab.js";
import { count } from "./field-reading.js";
import {
  type BodyMeaning,
  errorName,
  type MessageKey,
  type MessageMeaning,
  meaningOf,
  type NamedLayout,
  serverTypeName,
} from "./frame-meaning.js";
import { type FieldReading, type FrameReading, numberOf, readFrame } from "./layout-reading.js";
import type { MessageJson } from "./message-json.js";

export interface FrameExplanation {
  readonly text: string;
  /** The route or control message it carries; null when the schema has none with its id, or reading did not come so far. */
  readonly message: string | null;
  /** What is wrong with the frame under this layout; empty when it decodes. */
  readonly problems: readonly string[];
  /** Where the next frame begins, from the buffer's first byte. */
  readonly end: number;
}

/** More of a long field or body than this is not shown. */
const SHOWN_BYTES = 16;

export function explainFrame(
  model: Model,
  messages: MessageJson,
  named: NamedLayout,
  bytes: Uint8Array,
  start: number,
): FrameExplanation {
  const reading = readFrame(named.layout, bytes, start);
  const meaning = meaningIn(model, named, reading);
  const rows = reading.fields.map((field) => row(field, bytes, start, describeValue(model, named, reading, field)));
  const problems = headerProblems(model, named, reading, meaning);
  let decoded: string | null = null;
  if (reading.fault === null) {
    const body = bytes.subarray(reading.bodyStart, reading.bodyEnd);
    const name = meaning === null ? "" : bodyName(meaning.body);
    const trailer = reading.fields.filter(
      ({ offset }) => offset >= reading.bodyEnd - start && reading.end > reading.bodyEnd,
    );
    rows.splice(rows.length - trailer.length, 0, [
      String(reading.bodyStart - start),
      String(body.length),
      "body",
      hex(body),
      name,
    ]);
    // Between servers the link's envelope says what the body is, and that is not part of this frame.
    if (meaning !== null && named.direction !== "internal") {
      try {
        decoded = decodeBody(named, messages, meaning.body, body);
      } catch (error) {
        problems.push(`the body is no ${name}: ${(error as Error).message}`);
      }
    }
  }
  const size = (reading.fault === null ? reading.end : bytes.length) - start;
  const lines = [`${pc.bold(named.name)}, ${count(size)}`, ...table([HEADINGS, ...rows])];
  if (decoded !== null) lines.push("", decoded);
  for (const problem of problems) lines.push(`${pc.red("problem")} ${problem}`);
  return { text: lines.join("\n"), message: meaning?.name ?? null, problems, end: reading.end };
}

const HEADINGS: Row = ["offset", "width", "field", "hex", "value"];

type Row = readonly [offset: string, width: string, field: string, hex: string, value: string];

const row = ({ field, offset, width }: FieldReading, bytes: Uint8Array, start: number, value: string): Row => [
  String(offset),
  String(width),
  field.name,
  hex(bytes.subarray(start + offset, start + offset + width)),
  value,
];

/** What is wrong with everything but the body. */
function headerProblems(
  model: Model,
  named: NamedLayout,
  reading: FrameReading,
  meaning: MessageMeaning | null,
): string[] {
  if (reading.fault !== null) return [reading.fault];
  const problems: string[] = [];
  const { checksum } = reading;
  if (checksum !== null && checksum.expected !== checksum.found) {
    problems.push(`wrong checksum: ${checksum.found}, and these bytes have ${checksum.expected}`);
  }
  for (const flag of ["compressed", "encrypted", "flags"]) {
    const value = numberOf(reading, flag);
    if (value) problems.push(`${flag} is ${value}, and must be 0: the server does not act on it`);
  }
  if (meaning === null && !isAnswer(named, reading)) problems.push(unknownMessage(model, named, reading));
  const serverType = numberOf(reading, "serverType");
  if (meaning !== null && named.direction === "up" && serverType !== null && serverType !== meaning.serverType) {
    const name = serverTypeName(model, meaning.serverType) ?? "which stands for none";
    problems.push(`serverType is ${serverType}, and ${meaning.name} is answered by ${meaning.serverType} ${name}`);
  }
  return problems;
}

/** An answer may name no route: its sequence number says to which request it belongs. */
function isAnswer({ direction, protocol }: NamedLayout, reading: FrameReading): boolean {
  return direction === "down" && protocol?.key[0] === "route" && keyOf({ protocol }, reading) === null;
}

/** The frame's key; null when the layout lacks a part. */
function keyOf({ protocol }: Pick<NamedLayout, "protocol">, reading: FrameReading): MessageKey | null {
  if (protocol?.key[0] === "route") {
    const route = reading.fields.find(({ field }) => field.role?.kind === "route");
    return route === undefined ? null : typeof route.value === "string" ? route.value : [Number(route.value)];
  }
  const parts = (protocol?.key ?? ["messageId"]).map((role) => numberOf(reading, role));
  return parts.every((part) => part !== null) ? (parts as number[]) : null;
}

function meaningIn(model: Model, named: NamedLayout, reading: FrameReading) {
  const key = keyOf(named, reading);
  return key === null ? null : meaningOf(model, named, key, numberOf(reading, "errorCode") ?? 0);
}

function unknownMessage(model: Model, named: NamedLayout, reading: FrameReading): string {
  const key = keyOf(named, reading);
  if (key === null) return `${named.name} has no message id: the body's message is not known`;
  const what = typeof key === "string" ? `route ${JSON.stringify(key)}` : `id ${key.join(", ")}`;
  const whose = { up: "a client may send", down: "a server sends", internal: "has a route" }[named.direction];
  return `no message that ${whose} has the ${what} in the schema ${model.name}`;
}

function describeValue(model: Model, named: NamedLayout, reading: FrameReading, read: FieldReading): string {
  const { field, value } = read;
  const { role } = field;
  const number = Number(value);
  const shown = plainValue(read);
  const known = (name: string | null, what: string) => `${shown} ${name ?? `(no ${what})`}`;
  switch (role?.kind) {
    case "length":
      return `${value} (counts the ${role.counts})`;
    case "timestamp":
      return `${value} ${isoDate(number)}`;
    case "messageId":
    case "route":
      return known(meaningIn(model, named, reading)?.name ?? null, "such message");
    case "kind":
      return known(Object.entries(role.values).find(([, kind]) => kind === number)?.[0] ?? null, "such kind");
    case "serverType":
      return number === 0 ? shown : known(serverTypeName(model, number), "such server type");
    case "errorCode":
      return known(errorName(model, number), "such error");
    case "checksum":
      if (reading.checksum === null) return shown;
      return reading.checksum.expected === reading.checksum.found
        ? "ok"
        : `wrong: these bytes have ${reading.checksum.expected}`;
    default:
      return shown;
  }
}

/** A value without what it means; of a part of a byte, with the part. */
function plainValue({ field: { type }, value }: FieldReading): string {
  switch (type.kind) {
    case "reserved":
      return "reserved";
    case "bits": {
      const { shift, bits, holds } = type;
      const place = bits === 1 ? `bit ${shift}` : `bits ${shift} to ${shift + bits - 1}`;
      return holds === "reserved" ? `reserved (${place})` : `${value} (${place})`;
    }
    case "char":
      return `${value} ${JSON.stringify(String.fromCharCode(Number(value)))}`;
    default:
      if (value instanceof Uint8Array) return "";
      return typeof value === "string" ? JSON.stringify(value) : String(value);
  }
}

/** JavaScript dates reach 8.64e15 milliseconds; eight bytes reach further. */
const isoDate = (time: number) => (Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : "(no date)");

const bodyName = (body: BodyMeaning) => (body === null ? "" : "message" in body ? body.message : body.control.name);

function decodeBody(
  { protocol }: NamedLayout,
  messages: MessageJson,
  body: BodyMeaning,
  bytes: Uint8Array,
): string | null {
  if (body === null) return null;
  if ("message" in body) {
    if (protocol?.body === "raw") return null;
    const json = protocol?.body === "json";
    const message = messages.decode(body.message, bytes, json ? "json" : "protobuf");
    // JSON is shown as it came, once it is known to be right.
    return JSON.stringify(json ? JSON.parse(Buffer.from(bytes).toString("utf8")) : message, null, 2);
  }
  const slab = new Slab(Math.max(1, bytes.length));
  slab.bytes.set(bytes);
  slab.length = bytes.length;
  const message = body.control.decode(slab, 0, bytes.length);
  return JSON.stringify(message, (_key, value) => (typeof value === "bigint" ? value.toString() : value), 2);
}

function hex(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, SHOWN_BYTES)).toString("hex");
  return bytes.length > SHOWN_BYTES ? `${shown}...` : shown;
}

/** Numbers to the right, text to the left, two spaces between columns. */
function table(rows: readonly Row[]): string[] {
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...rows.map((cells) => cells[column]!.length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => (column < 2 ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)))
      .join("  ")
      .trimEnd(),
  );
}
