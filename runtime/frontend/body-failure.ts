/** An error's code in a response's body, for protocols whose headers have no place for it. */
import type { AnyBodyCodec } from "../../wire/body-codec.js";
import { BodyError } from "../../wire/body-error.js";
import { Slab } from "../../wire/slab.js";
import type { HandlerEntry } from "../manifest.js";

/** Enums of such codes count from 0; nobody's first reason stands behind this. */
const FURTHEST = 1_000;

export class BodyFailures {
  private readonly scratch = new Slab(256);
  /** What stands for every code that a response's field cannot hold; null: there is none. */
  private readonly substitutes = new Map<AnyBodyCodec, number | null>();

  /**
   * The response with the code in its field. A closed enum holds only the values it lists: for another code it is its lowest one above 0.
   * Null: no response can say that the request failed.
   */
  responseOf(handler: HandlerEntry, codec: AnyBodyCodec, code: number): object | null {
    const field = handler.failureField!;
    if (this.holds(codec, field, code)) return withCode(codec, field, code);
    let substitute = this.substitutes.get(codec);
    if (substitute === undefined) {
      substitute = this.firstReason(codec, field);
      this.substitutes.set(codec, substitute);
    }
    return substitute === null ? null : withCode(codec, field, substitute);
  }

  private firstReason(codec: AnyBodyCodec, field: string): number | null {
    for (let code = 1; code <= FURTHEST; code++) if (this.holds(codec, field, code)) return code;
    return null;
  }

  /** Told by trying: a codec does not say which values it takes. */
  private holds(codec: AnyBodyCodec, field: string, code: number): boolean {
    this.scratch.length = 0;
    try {
      codec.encode(withCode(codec, field, code), this.scratch);
      return true;
    } catch (error) {
      if (error instanceof BodyError) return false;
      throw error;
    }
  }
}

function withCode(codec: AnyBodyCodec, field: string, code: number): object {
  return Object.assign(codec.create() as object, { [field]: code });
}
