/** Asks the home of a key. While servers come and go, a server may not be the home any more, or not know enough yet: then again. */
import type { BodyCodec } from "../../wire/body-codec.js";
import { ErrorCode } from "../../wire/error-code.js";
import { Failure } from "../failure.js";
import type { ServerCore } from "../server-core.js";
import type { SessionReference } from "../session/session-reference.js";
import type { Answer } from "./operations.js";
import type { Peer } from "./peer.js";

/** Milliseconds in which it is asked again. */
const PATIENCE = 5_000;

export interface HomeQuestion<T> {
  readonly typeIndex: number;
  readonly key: string;
  readonly operation: number;
  readonly session: SessionReference;
  readonly request: Answer;
  readonly response: BodyCodec<T> | null;
  /** Of what it is, for failures. */
  readonly what: string;
  /** Whether it still matters; asked before every attempt but the first. */
  readonly wanted?: () => boolean;
  /** Told of every server before it is asked. */
  readonly asking?: (home: Peer) => void;
}

/** Rejects with Failure: NO_SERVER when there is no home within a few seconds, or what `Operations.ask` rejects with. */
export async function askHome<T>(core: ServerCore, question: HomeQuestion<T>): Promise<T> {
  const { typeIndex, key, operation, session, request, response, what, wanted, asking } = question;
  const until = core.clock.now() + PATIENCE;
  for (;;) {
    const home = core.router.home(typeIndex, key);
    if (home === null) {
      const type = core.tables.manifest.servers[typeIndex]!.name;
      throw Failure.of("NO_SERVER", `${what}: no ${type} is ready to be its home`, "no");
    }
    asking?.(home);
    try {
      return await core.operations.ask(home, operation, session, request, response, what);
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== ErrorCode.NO_SERVER) throw error;
      if (core.clock.now() >= until || wanted?.() === false) throw error;
    }
    await new Promise<void>((resolve) => core.retries.later(resolve));
  }
}
