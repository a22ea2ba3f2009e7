/** The schema to compare with cannot be had. The message says what was looked for, and what to do. */
export class PreviousError extends Error {
  override readonly name = "PreviousError";
}
