/** Codecs made from the model at run time, in the shape of generated ones: with them the client runtime speaks any schema. */
import { fieldOf, fieldSize } from "../generator/layout-size.js";
import type { Layout, LayoutField } from "../generator/model.js";
import type { BodyCodec } from "../wire/body-codec.js";
import { BodyError } from "../wire/body-error.js";
import { ErrorCode } from "../wire/error-code.js";
import type { LayoutCodec, ResponseHeader } from "../wire/layout-codec.js";
import type { Slab } from "../wire/slab.js";
import { checksumOf, type FieldReading, lengthValue, readFrame, writeUnsigned } from "./layout-reading.js";
import type { MessageJson } from "./message-json.js";

/** JSON data is the message: what a person types is what is encoded. */
export function bodyCodec(messages: MessageJson, name: string): BodyCodec<unknown> {
  return {
    name,
    encode(message, slab) {
      const bytes = messages.encode(name, message);
      slab.reserve(bytes.length);
      slab.bytes.set(bytes, slab.length);
      slab.length += bytes.length;
    },
    decode(slab, start, end) {
      try {
        return messages.decode(name, slab.bytes.subarray(start, end));
      } catch (error) {
        throw new BodyError(`${name}: ${(error as Error).message}`);
      }
    },
    create: () => messages.decode(name, new Uint8Array(0)),
  };
}

/** Fields without a role are written as zero or empty, and left out when read. */
export function layoutCodec(layout: Layout): LayoutCodec<ResponseHeader> {
  const size = layout.fields.reduce((sum, field) => sum + fieldSize(field.type), 0);
  const sequenceField = fieldOf(layout, "sequence");
  return {
    size,
    sequenceBytes: sequenceField === undefined ? 0 : fieldSize(sequenceField.type),
    trailer: 0,
    fields: [],
    create,
    sizeOf: () => size,
    encode: (header, slab, start, end) => encode(layout, size, header, slab, start, end),
    decode: (header, slab, start, end) => decode(layout, header, slab, start, end),
    frameLength(slab, start, end) {
      const { fault, bodyEnd } = readFrame(layout, slab.bytes.subarray(0, end), start);
      return fault === null ? bodyEnd - start : 0;
    },
    patchSequence(slab, start, end, sequence) {
      const header = create();
      decode(layout, header, slab, start, end);
      header.sequence = sequence;
      encode(layout, size, header, slab, start, end);
    },
  };
}

function create(): ResponseHeader {
  return {
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
}

function encode(layout: Layout, size: number, header: ResponseHeader, slab: Slab, start: number, end: number): void {
  const { bytes } = slab;
  bytes.fill(0, start, start + size);
  const readings: FieldReading[] = [];
  let at = start;
  for (const field of layout.fields) {
    const width = fieldSize(field.type);
    readings.push({ field, offset: at - start, width, value: valueIn(header, field, layout) });
    at += width;
  }
  for (const [index, { field, offset, width, value }] of readings.entries()) {
    const written = field.role?.kind === "length" ? BigInt(lengthValue(readings, index, size, end - start)) : value;
    writeUnsigned(bytes, start + offset, width, field.byteOrder, written as bigint);
  }
  // Last, for it may cover everything else.
  const checksum = readings.find(({ field }) => field.role?.kind === "checksum");
  if (checksum !== undefined) {
    const value = BigInt(checksumOf(checksum, bytes, start, start + size, end));
    const order = checksum.field.type.kind === "bytes" ? "big" : checksum.field.byteOrder;
    writeUnsigned(bytes, start + checksum.offset, checksum.width, order, value);
  }
}

function decode(layout: Layout, header: ResponseHeader, slab: Slab, start: number, end: number): number {
  const reading = readFrame(layout, slab.bytes.subarray(0, end), start);
  if (reading.fault !== null) return ErrorCode.BAD_FRAME;
  Object.assign(header, create(), { bodyStart: reading.bodyStart, bodyEnd: reading.bodyEnd });
  for (const { field, value } of reading.fields) {
    const number = Number(value);
    switch (field.role?.kind) {
      case "timestamp":
        header.timestampHigh = Math.floor(number / 2 ** 32);
        header.timestampLow = Number(BigInt.asUintN(32, value as bigint));
        break;
      case "messageId":
        header.messageId += number;
        break;
      case "service":
        header.messageId += number * SERVICE;
        break;
      case "sequence":
      case "serverType":
      case "compressed":
      case "encrypted":
      case "errorCode":
        header[field.role.kind] = number;
        break;
    }
  }
  const { checksum } = reading;
  return checksum === null || checksum.expected === checksum.found ? ErrorCode.OK : ErrorCode.BAD_CHECKSUM;
}

/** A two-part key is one number in a header: the service stands above the message id's 16 bits. */
const SERVICE = 0x10000;

function valueIn(header: ResponseHeader, field: LayoutField, layout: Layout): bigint {
  if (field.type.kind === "constant") return BigInt(field.type.value);
  const hasService = layout.fields.some(({ role }) => role?.kind === "service");
  switch (field.role?.kind) {
    case "timestamp":
      return (BigInt(header.timestampHigh >>> 0) << 32n) | BigInt(header.timestampLow >>> 0);
    case "messageId":
      return BigInt(hasService ? header.messageId % SERVICE : header.messageId);
    case "service":
      return BigInt(Math.floor(header.messageId / SERVICE));
    case "sequence":
    case "serverType":
    case "compressed":
    case "encrypted":
    case "errorCode":
      return BigInt(header[field.role.kind]);
    default:
      return 0n;
  }
}
