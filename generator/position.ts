/** Places in the files of a schema. */

/** Where something was written. `file` is relative to the project's root, with forward slashes; line and column count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
