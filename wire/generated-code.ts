/** Everything generated codecs import, in one place: a generated server takes it from `gatesmith/runtime`. Not for other code. */
export { adler32 } from "./adler32.js";
export type { BodyCodec, ScanKey } from "./body-codec.js";
export { inMessage, readBytes, readGroup, readStop, skipField, tooDeep } from "./body-read.js";
export { beginBody, readText } from "./body-text.js";
export { closeLength, openLength, orDefault, writeBytes, writeTag, wrongValue } from "./body-write.js";
export { copiedBytes, copyBytes } from "./copy-bytes.js";
export { crc16Ccitt } from "./crc16-ccitt.js";
export { crc32 } from "./crc32.js";
export { crc32c } from "./crc32c.js";
export { ErrorCode } from "./error-code.js";
export { outOfRange, readHeaderVarint, sumExcept, tooLong, wrongSize } from "./header-codec.js";
export {
  checkDelimiter,
  decimalSize,
  endOfText,
  indexOfDelimiter,
  readDecimal,
  readPadded,
  standsAt,
  writeDecimal,
  writeDelimiter,
  writePadded,
  writeUntil,
} from "./header-text.js";
export {
  bigintToCursor,
  cursorToInt64,
  cursorToSignedNumber,
  cursorToUint64,
  cursorToUnsignedNumber,
  decimalToInt64,
  decimalToUint64,
  numberToCursor,
  readSafeInt64,
  readSafeUint64,
  unzigzagCursor,
  writeSafeInt64,
  zigzagCursor,
} from "./int64.js";
export { type AnyContent, type FindContent, readAny, writeAny } from "./json-any.js";
export { type JsonMapping, jsonCodec, jsonScanner } from "./json-codec.js";
export { doubleText, floatText } from "./json-number.js";
export type { JsonReader } from "./json-reader.js";
export { between, boolKey, quote, quoteBytes, wholeKey } from "./json-text.js";
export { readDuration, readTimestamp, writeDuration, writeTimestamp } from "./json-time.js";
export {
  readFieldMask,
  readList,
  readStruct,
  readValue,
  writeFieldMask,
  writeList,
  writeStruct,
  writeValue,
} from "./json-value.js";
export type { InternalHeader, LayoutCodec, RequestHeader, ResponseHeader } from "./layout-codec.js";
export { RawBody } from "./raw-body.js";
export { missingField, missingOrWrong } from "./required-field.js";
export { scanner } from "./scan-key.js";
export type { Slab } from "./slab.js";
export {
  type KeptFields,
  keepField,
  keepVarint,
  keptFields,
  type UnknownFields,
  unknownFields,
  writeUnknownFields,
} from "./unknown-fields.js";
export { decodeUtf8 } from "./utf8-read.js";
export { utf8Size, writeText, writeUtf8 } from "./utf8-write.js";
export {
  cursor,
  readUnsigned32,
  readVarint32,
  readVarint64,
  truncated,
  varintSize,
  writeVarint32,
  writeVarint64,
} from "./varint.js";
