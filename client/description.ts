/**
 * What a generated client tells the client runtime about its schema: plain data and codecs, nothing that runs.
 */
import type { BodyCodec } from "../wire/body-codec.js";
import type { LayoutCodec, RequestHeader, ResponseHeader } from "../wire/layout-codec.js";

export interface ClientDescription {
  /** The schema's name. */
  readonly name: string;
  readonly version: number;
  /** 16 hexadecimal digits. */
  readonly schemaHash: string;
  /** Schemas that this one understands, its own first. */
  readonly lineage: readonly string[];
  readonly request: LayoutCodec<RequestHeader>;
  readonly response: LayoutCodec<ResponseHeader>;
  /** Message ids are pairs: headers carry the upper 16 bits as the service. */
  readonly pair?: boolean;
  /** The id of Hello and Welcome; the other control messages count down from it (`wire/control-id.ts`). */
  readonly controlId: number;
  /** The application's error codes by name. Those of `wire/error-code.ts` are known without being listed. */
  readonly errors: Readonly<Record<string, number>>;
  /** Every route this client may call: what comes down is told apart by its message id. */
  readonly routes: readonly (RequestRoute<unknown, unknown> | NotifyRoute<unknown>)[];
  readonly pushes: readonly PushRoute<unknown>[];
}

export interface RequestRoute<Request, Response> {
  readonly kind: "request";
  /** `<serverType>.<group>.<method>` */
  readonly route: string;
  /** The key as one number. */
  readonly messageId: number;
  /** The answer's, where it has one of its own. */
  readonly replyId?: number;
  /** The server type's `typeId`. */
  readonly serverType: number;
  readonly request: BodyCodec<Request>;
  readonly response: BodyCodec<Response>;
  /** The server's deadline in milliseconds. */
  readonly timeout: number;
  /** Bound on the request's body in bytes. */
  readonly maxBytes: number;
}

export interface NotifyRoute<Message> {
  readonly kind: "notify";
  readonly route: string;
  readonly messageId: number;
  readonly serverType: number;
  readonly request: BodyCodec<Message>;
  /** Milliseconds for which the message may wait to be sent. */
  readonly timeout: number;
  readonly maxBytes: number;
}

export interface PushRoute<Message> {
  readonly kind: "push";
  /** `<serverType>.<name>` */
  readonly route: string;
  readonly messageId: number;
  readonly message: BodyCodec<Message>;
}
