/** `google.protobuf.Any` in JSON: the fields of the message it holds, beside an `@type` that names it. */
import type { AnyBodyCodec } from "./body-codec.js";
import { wrongValue } from "./body-write.js";
import { copiedBytes } from "./copy-bytes.js";
import type { JsonMapping } from "./json-codec.js";
import type { JsonReader } from "./json-reader.js";
import { quote } from "./json-text.js";
import { Slab } from "./slab.js";

const NAME = "google.protobuf.Any";
/** How often one may hold another one. */
const DEEPEST_NESTING = 16;

export interface AnyMessage {
  typeUrl: string;
  value: Uint8Array;
}

/** What is known of a message that an Any may hold. */
export interface AnyContent {
  readonly codec: AnyBodyCodec;
  // biome-ignore lint/suspicious/noExplicitAny: of every message; `codec` makes it of the same one.
  readonly mapping: JsonMapping<any>;
  /** Its JSON is no object of its fields: it stands under `value`. */
  readonly special: boolean;
}

/** By full name; null for messages nobody knows here. */
export type FindContent = (name: string) => AnyContent | null;

let nesting = 0;

export function readAny(json: JsonReader, find: FindContent): AnyMessage {
  return nested(() => {
    const typeUrl = json.ahead(() => readType(json));
    if (typeUrl === "") {
      json.skipValue();
      return { typeUrl, value: new Uint8Array(0) };
    }
    const content = find(nameOf(typeUrl));
    if (content === null) throw json.expected(NAME, `a message that is known here, not ${quote(typeUrl)}`);
    const message = content.special ? readSpecial(json, content) : content.mapping.read(json, 0);
    const slab = new Slab(256);
    content.codec.encode(message, slab);
    return { typeUrl, value: copiedBytes(slab.bytes, 0, slab.length) };
  });
}

/** The object's `@type`, wherever in it that stands; "" for an empty object. */
function readType(json: JsonReader): string {
  let type = "";
  let empty = true;
  for (let key = json.openObject(NAME); key !== null; key = json.nextKey()) {
    empty = false;
    if (key !== "@type") {
      json.skipValue();
      continue;
    }
    if (type !== "") throw json.twice(key);
    type = json.readText(`${NAME}'s @type`);
    if (nameOf(type) === "") throw json.expected(`${NAME}'s @type`, "a name behind a slash");
  }
  if (type === "" && !empty) throw json.expected(NAME, "an @type");
  return type;
}

function readSpecial(json: JsonReader, { codec, mapping }: AnyContent): unknown {
  let message: unknown;
  let found = false;
  for (let key = json.openObject(NAME); key !== null; key = json.nextKey()) {
    if (key !== "value") {
      json.skipValue();
      continue;
    }
    if (found) throw json.twice(key);
    found = true;
    message = mapping.read(json, 0);
  }
  if (!found) throw json.expected(NAME, `the "value" of a ${codec.name}`);
  return message;
}

export function writeAny(message: AnyMessage, find: FindContent): string {
  return nested(() => {
    if (typeof message !== "object" || message === null) throw wrongValue(NAME, "an object", message);
    const { typeUrl, value } = message;
    if (typeUrl === "" || typeUrl === undefined) return "{}";
    if (typeof typeUrl !== "string") throw wrongValue(`${NAME}.typeUrl`, "a string", typeUrl);
    if (!(value instanceof Uint8Array)) throw wrongValue(`${NAME}.value`, "a Uint8Array", value);
    const content = find(nameOf(typeUrl));
    if (content === null) throw wrongValue(`${NAME}.typeUrl`, "a message that is known here", typeUrl);
    const slab = new Slab(Math.max(16, value.length));
    slab.bytes.set(value);
    const text = content.mapping.write(content.codec.decode(slab, 0, value.length), 0);
    const type = `{"@type":${quote(typeUrl)}`;
    if (content.special) return `${type},"value":${text}}`;
    return text === "{}" ? `${type}}` : `${type},${text.slice(1)}`;
  });
}

function nameOf(typeUrl: string): string {
  return typeUrl.includes("/") ? typeUrl.slice(typeUrl.lastIndexOf("/") + 1) : "";
}

function nested<T>(work: () => T): T {
  if (nesting >= DEEPEST_NESTING) throw wrongValue(NAME, `at most ${DEEPEST_NESTING} within one another`, NAME);
  nesting++;
  try {
    return work();
  } finally {
    nesting--;
  }
}
