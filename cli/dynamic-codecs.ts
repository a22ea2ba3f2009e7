/** Codecs made from the model at run time, in the shape of generated ones: with them the client runtime speaks any schema. */
import { fieldOf, headerSize, utf8Length } from "../generator/layout-size.js";
import type { Layout, LayoutField } from "../generator/model.js";
import type { BodyCodec } from "../wire/body-codec.js";
import { BodyError } from "../wire/body-error.js";
import { ErrorCode } from "../wire/error-code.js";
import type { LayoutCodec, ResponseHeader } from "../wire/layout-codec.js";
import type { Slab } from "../wire/slab.js";
import type { FieldValue } from "./field-reading.js";
import { readFrame } from "./layout-reading.js";
import { headerLength, trailerLength, writeFrame } from "./layout-writing.js";
import type { Encoding, MessageJson } from "./message-json.js";

/** JSON data is the message: what a person types is what is encoded. */
export function bodyCodec(messages: MessageJson, name: string, encoding: Encoding): BodyCodec<unknown> {
  return {
    name,
    encode(message, slab) {
      const bytes = messages.encode(name, message, encoding);
      slab.reserve(bytes.length);
      slab.bytes.set(bytes, slab.length);
      slab.length += bytes.length;
    },
    decode(slab, start, end) {
      try {
        return messages.decode(name, slab.bytes.subarray(start, end), encoding);
      } catch (error) {
        throw new BodyError(`${name}: ${(error as Error).message}`);
      }
    },
    create: () => messages.decode(name, new Uint8Array(0)),
  };
}

/** Headers have the properties of generated ones. An application's own number of 64 bits is a bigint, a role's two halves. */
export function layoutCodec(layout: Layout): LayoutCodec<ResponseHeader> {
  const sequence = fieldOf(layout, "sequence")?.type;
  const trailer = trailerLength(layout);
  const create = () => emptyHeader(layout);
  return {
    size: headerSize(layout) + utf8Length(layout.start),
    sequenceBytes: sequence === undefined ? 0 : sequence.kind === "integer" ? Math.min(4, sequence.bits / 8) : 4,
    trailer,
    fields: layout.fields.filter(isOwn).map(({ property }) => property),
    create,
    sizeOf: (header) => headerLength(layout, (field) => valueIn(header, field)),
    encode: (header, slab, start, end) => writeFrame(layout, (field) => valueIn(header, field), slab.bytes, start, end),
    decode: (header, slab, start, end) => decode(layout, header, slab, start, end),
    frameLength(slab, start, end) {
      const reading = readFrame(layout, slab.bytes.subarray(0, end), start);
      return reading.fault === null ? reading.end - start : 0;
    },
    patchSequence(slab, start, end, sequence) {
      const header = create();
      decode(layout, header, slab, start, end);
      header.sequence = sequence;
      writeFrame(layout, (field) => valueIn(header, field), slab.bytes, start, end);
    },
  };
}

const HALVED: ReadonlySet<string> = new Set(["timestamp", "userId", "roleId"]);

/** Whether a header has a property for the field. */
function isKept({ role, type }: LayoutField): boolean {
  if (role?.kind === "length" || role?.kind === "checksum") return false;
  return type.kind === "bits" ? type.holds === "value" : type.kind !== "constant" && type.kind !== "reserved";
}

const isOwn = (field: LayoutField) => field.role === null && isKept(field);

function emptyHeader(layout: Layout): ResponseHeader {
  const header: ResponseHeader = {
    bodyStart: 0,
    bodyEnd: 0,
    sequence: 0,
    messageId: 0,
    service: 0,
    kind: 0,
    flags: 0,
    version: 0,
    route: "",
    serverType: 0,
    timestampHigh: 0,
    timestampLow: 0,
    compressed: 0,
    encrypted: 0,
    errorCode: 0,
  };
  const own = header as unknown as Record<string, FieldValue>;
  for (const field of layout.fields.filter(isKept)) {
    const { property, role } = field;
    if (role === null || !HALVED.has(role.kind)) own[property] ??= emptyValue(field);
    else for (const half of [`${property}High`, `${property}Low`]) own[half] = 0;
  }
  return header;
}

function emptyValue({ type, initial }: LayoutField): FieldValue {
  switch (type.kind) {
    case "bytes":
      return new Uint8Array(type.size);
    case "prefixedBytes":
      return new Uint8Array(0);
    case "text":
    case "until":
    case "prefixedText":
      return "";
    case "integer":
      return type.bits === 64 ? 0n : initial;
    default:
      return initial;
  }
}

function decode(layout: Layout, header: ResponseHeader, slab: Slab, start: number, end: number): number {
  const reading = readFrame(layout, slab.bytes.subarray(0, end), start);
  if (reading.fault !== null) return ErrorCode.BAD_FRAME;
  Object.assign(header, emptyHeader(layout), { bodyStart: reading.bodyStart, bodyEnd: reading.bodyEnd });
  const own = header as unknown as Record<string, FieldValue>;
  for (const { property, type } of layout.fields) {
    // What is not there reads as zero, whatever it is initially.
    if (typeof own[property] === "number" && type.kind !== "float") own[property] = 0;
  }
  for (const { field, value } of reading.fields) {
    const { property, role } = field;
    if (role !== null && HALVED.has(role.kind)) {
      own[`${property}High`] = Number(BigInt.asUintN(32, BigInt(value as number) >> 32n));
      own[`${property}Low`] = Number(BigInt.asUintN(32, BigInt(value as number)));
    } else if (isOwn(field)) own[property] = value;
    else if (property in own) own[property] = typeof value === "bigint" ? Number(value) : value;
  }
  const { checksum } = reading;
  return checksum === null || checksum.expected === checksum.found ? ErrorCode.OK : ErrorCode.BAD_CHECKSUM;
}

function valueIn(header: ResponseHeader, { property, role }: LayoutField): FieldValue {
  const own = header as unknown as Record<string, FieldValue>;
  if (role === null || !HALVED.has(role.kind)) return own[property] ?? 0;
  const [high, low] = [own[`${property}High`] as number, own[`${property}Low`] as number];
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}
