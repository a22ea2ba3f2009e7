/** A session's typed data: its default, and changes to it as they travel between servers. */
import { BodyError } from "../../wire/body-error.js";
import { copiedBytes } from "../../wire/copy-bytes.js";
import { Slab } from "../../wire/slab.js";
import type { SessionPatch } from "../bus/cluster-messages.js";
import { Failure } from "../failure.js";
import type { SessionCodec } from "../manifest.js";

export type Data = Readonly<Record<string, unknown>>;

export class SessionDataSchema {
  /** What every session starts with. Frozen, because all of them share it. */
  readonly initial: Data;
  private readonly codec: SessionCodec | null;
  private readonly nameOfField = new Map<number, string>();
  private readonly scratch = new Slab(1024);

  constructor(codec: SessionCodec | null) {
    this.codec = codec;
    this.initial = Object.freeze(codec === null ? {} : codec.body.create());
    if (codec !== null) for (const name of Object.keys(codec.fields)) this.nameOfField.set(codec.fields[name]!, name);
  }

  /** The data with a patch applied. Throws INTERNAL when a field is not in the schema or its value has the wrong type. */
  patched(data: Data, patch: Data): Data {
    for (const name of Object.keys(patch)) this.fieldNumber(name);
    // Into a fresh message rather than a spread: all sessions' data then has one hidden class, as small as can be.
    const next = Object.assign(this.codec === null ? {} : this.codec.body.create(), data, patch) as Data;
    this.encode(next);
    return next;
  }

  /** As bytes; a copy. */
  encode(data: Data): Uint8Array {
    if (this.codec === null) return new Uint8Array(0);
    this.scratch.length = 0;
    try {
      this.codec.body.encode(data, this.scratch);
    } catch (error) {
      if (error instanceof BodyError) throw Failure.of("INTERNAL", `session data: ${error.message}`, "no");
      throw error;
    }
    return copiedBytes(this.scratch.bytes, 0, this.scratch.length);
  }

  /** Throws BodyError. */
  decode(bytes: Uint8Array): Data {
    if (this.codec === null) return this.initial;
    this.scratch.length = 0;
    this.scratch.reserve(bytes.length);
    this.scratch.bytes.set(bytes);
    return this.codec.body.decode(this.scratch, 0, bytes.length);
  }

  /** A patch as it travels: which fields, and a message that holds their values. */
  encodePatch(patch: Data): SessionPatch {
    const fields = Object.keys(patch).map((name) => this.fieldNumber(name));
    return { fields, data: this.encode({ ...this.initial, ...patch }) };
  }

  /** Throws BodyError; fields this schema does not know are left out. */
  decodePatch(message: SessionPatch): Data {
    const values = this.decode(message.data);
    const patch: Record<string, unknown> = {};
    for (const number of message.fields) {
      const name = this.nameOfField.get(number);
      if (name !== undefined) patch[name] = values[name];
    }
    return patch;
  }

  private fieldNumber(name: string): number {
    const fields = this.codec?.fields;
    if (fields === undefined || !Object.hasOwn(fields, name)) {
      const known =
        fields === undefined ? "none: the schema declares no session message" : Object.keys(fields).join(", ");
      throw Failure.of("INTERNAL", `session data has no field "${name}"; its fields are ${known}`, "no");
    }
    return fields[name]!;
  }
}
