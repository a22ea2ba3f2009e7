/** What a target is: a name, and a function from the model to files in memory. Targets know neither the disk nor each other. */
import type { Model } from "../model.js";

export interface Target {
  /** Also the folder under `generated/`. */
  readonly name: string;
  emit(model: Model): GeneratedFile[];
}

export interface GeneratedFile {
  /** Relative to `generated/<target>/`, with forward slashes. */
  readonly path: string;
  /** The whole text, first line included (`first-line.ts`). */
  readonly text: string;
}
