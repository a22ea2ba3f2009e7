/** The codec of bodies that are no message, but bytes: what a schema declares by `raw()`. */
import type { BodyCodec } from "./body-codec.js";
import { wrongValue } from "./body-write.js";
import { copiedBytes, copyBytes } from "./copy-bytes.js";

export const RawBody: BodyCodec<Uint8Array> = {
  name: "raw()",
  encode(bytes, slab) {
    if (!(bytes instanceof Uint8Array)) throw wrongValue("raw()", "a Uint8Array", bytes);
    slab.reserve(bytes.length);
    copyBytes(bytes, 0, bytes.length, slab.bytes, slab.length);
    slab.length += bytes.length;
  },
  decode: (slab, start, end) => copiedBytes(slab.bytes, start, end),
  create: () => new Uint8Array(0),
};
