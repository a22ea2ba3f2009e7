/** One route of this server, with the code that answers it. */
import type { HandlerEntry, RemoteEntry } from "../manifest.js";

// biome-ignore lint/suspicious/noExplicitAny: methods of every schema; the generated interfaces check them.
type Method = (message: any, context: any) => unknown;

export interface Target {
  readonly entry: HandlerEntry | RemoteEntry;
  readonly order: "session" | "route" | "none";
  /** False for a notify. */
  readonly answers: boolean;
  /** Clients ask for it, and may ask for more than is good. */
  readonly fromClients: boolean;
  readonly instance: object;
  readonly method: Method;
}
