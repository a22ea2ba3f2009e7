/** The article's request header as it is written by hand: one `Buffer` method a field. 64-bit times are two halves, as in ours. */
import { crc32 } from "../../wire/crc32.js";

export interface HandWrittenHeader {
  length: number;
  sequence: number;
  timestampHigh: number;
  timestampLow: number;
  messageId: number;
  serverType: number;
  compressed: number;
  encrypted: number;
  checksum: number;
}

export const SIZE = 24;

/** The whole frame: the header, and a copy of the body behind it. */
export function encodeByHand(header: HandWrittenHeader, body: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(SIZE + body.length);
  frame.writeUInt16BE(SIZE + body.length, 0);
  frame.writeUInt32BE(header.sequence, 2);
  frame.writeUInt32BE(header.timestampHigh, 6);
  frame.writeUInt32BE(header.timestampLow, 10);
  frame.writeUInt16BE(header.messageId, 14);
  frame.writeUInt16BE(header.serverType, 16);
  frame.writeUInt8(header.compressed, 18);
  frame.writeUInt8(header.encrypted, 19);
  frame.writeUInt32BE(crc32(body, 0, body.length), 20);
  body.copy(frame, SIZE);
  return frame;
}

export function decodeByHand(frame: Buffer): { header: HandWrittenHeader; body: Buffer } {
  const header = {
    length: frame.readUInt16BE(0),
    sequence: frame.readUInt32BE(2),
    timestampHigh: frame.readUInt32BE(6),
    timestampLow: frame.readUInt32BE(10),
    messageId: frame.readUInt16BE(14),
    serverType: frame.readUInt16BE(16),
    compressed: frame.readUInt8(18),
    encrypted: frame.readUInt8(19),
    checksum: frame.readUInt32BE(20),
  };
  if (header.length !== frame.length) throw new RangeError("wrong length");
  const body = frame.subarray(SIZE);
  if (crc32(body, 0, body.length) !== header.checksum) throw new RangeError("wrong checksum");
  return { header, body };
}
