/** Routes: what clients may call, what they are told, and what servers may call on each other. */
import type {
  BodyFieldDefinition,
  BodyType,
  MessageKey,
  NotifyDefinition,
  NotifyOptions,
  PushDefinition,
  PushOptions,
  RawDefinition,
  RemoteDefinition,
  RemoteOptions,
  RequestDefinition,
  RequestOptions,
} from "./definition.js";
import { callSite } from "./site.js";

/** The id of a message whose key has two parts, for a protocol with `key: ["service", "messageId"]`. */
export function id(service: number, messageId: number): readonly [service: number, messageId: number] {
  return [service, messageId];
}

/**
 * A client asks and is answered. Messages are named in full, as in the `.proto` files.
 *
 * ```ts
 * send: request(2001, "chat.SendRequest", "chat.SendResponse", { rate: "20/s", maxBytes: "4kb" })
 * ```
 */
export function request(
  id: MessageKey,
  requestMessage: BodyType,
  responseMessage: BodyType,
  options?: RequestOptions,
): RequestDefinition {
  return {
    definition: "request",
    id,
    request: requestMessage,
    response: responseMessage,
    options,
    site: callSite(request),
  };
}

/** A client tells, and is not answered. */
export function notify(id: MessageKey, message: BodyType, options?: NotifyOptions): NotifyDefinition {
  return { definition: "notify", id, message, options, site: callSite(notify) };
}

/** A server tells clients: one session, a uid, a channel, or everybody. */
export function push(id: MessageKey, message: BodyType, options?: PushOptions): PushDefinition {
  return { definition: "push", id, message, options, site: callSite(push) };
}

/** Another server asks and is answered. A remote needs no id: the lock file gives it one, once. */
export function rpc(requestMessage: BodyType, responseMessage: BodyType, options?: RemoteOptions): RemoteDefinition {
  return { definition: "rpc", request: requestMessage, response: responseMessage, options, site: callSite(rpc) };
}

/**
 * The field of a response's body that carries an error's code: of a request's `failure`. A closed enum (of proto2) that does not list the
 * code carries its lowest value above 0 instead.
 */
export function bodyField(field: string): BodyFieldDefinition {
  return { definition: "bodyField", field, site: callSite(bodyField) };
}

/** Bytes as they are, in place of a message: a handler is given, and gives, a `Uint8Array`. In any protocol. */
export function raw(): RawDefinition {
  return { definition: "raw", site: callSite(raw) };
}
