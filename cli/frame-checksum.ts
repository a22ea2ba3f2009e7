/** The checksum that a frame should have. */
import { checksumBytes } from "../generator/layout-size.js";
import type { ChecksumAlgorithm, LayoutField } from "../generator/model.js";
import { adler32 } from "../wire/adler32.js";
import { crc16Ccitt } from "../wire/crc16-ccitt.js";
import { crc32 } from "../wire/crc32.js";
import { crc32c } from "../wire/crc32c.js";
import type { Checksum } from "../wire/header-codec.js";

const ALGORITHMS: Readonly<Record<ChecksumAlgorithm, Checksum>> = {
  crc32,
  crc32c,
  adler32,
  "crc16-ccitt": crc16Ccitt,
};

/** Where the parts of a frame are, from its buffer's first byte. */
export interface FrameParts {
  readonly start: number;
  readonly bodyStart: number;
  readonly bodyEnd: number;
  readonly end: number;
}

/** Over a frame's part, with the field itself, at `offset` from the frame's start, read as zeros when it is covered. */
export function checksumOf(
  field: LayoutField,
  offset: number,
  width: number,
  bytes: Uint8Array,
  at: FrameParts,
): number {
  if (field.role?.kind !== "checksum") return 0;
  const { algorithm, over } = field.role;
  // A copy of its own: `slice` of a Buffer shares its memory.
  const frame = new Uint8Array(bytes.subarray(at.start, at.end));
  frame.fill(0, offset, offset + width);
  const [from, to] = {
    body: [at.bodyStart, at.bodyEnd],
    rest: [at.start + offset + width, at.end],
    header: [at.start, at.bodyStart],
    frame: [at.start, at.end],
  }[over] as [number, number];
  return ALGORITHMS[algorithm](frame, from - at.start, to - at.start);
}

/** The field's bytes that hold a checksum: its last ones, its first when its order is little, and zeros. */
export function checksumField(field: LayoutField, width: number, checksum: number): Uint8Array {
  const size = field.role?.kind === "checksum" ? checksumBytes(field.role.algorithm) : 0;
  const bytes = new Uint8Array(width);
  const little = field.byteOrder === "little";
  for (let index = 0; index < size; index++) {
    bytes[little ? index : width - 1 - index] = Math.floor(checksum / 2 ** (8 * index)) % 256;
  }
  return bytes;
}
