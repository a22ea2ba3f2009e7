/** A body's bytes do not decode as the message they should be, or a value does not fit the field it is encoded into. */
export class BodyError extends Error {
  override readonly name = "BodyError";
}
