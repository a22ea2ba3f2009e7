/** What `--against` names may not be there: an answer for a person, not a stack. */
import { PreviousError } from "../generator/compatibility/previous-error.js";
import { CommandError } from "./command-error.js";

/** What `run` resolves to; its PreviousError becomes a CommandError. */
export async function asCommandErrors<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof PreviousError ? new CommandError(error.message) : error;
  }
}
