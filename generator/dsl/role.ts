/** What a header field means to the runtime. Give one to a field: `u16(role.messageId())`. */
import type { ChecksumAlgorithm, MessageKinds } from "../model.js";
import type {
  ChecksumOptions,
  ConstantDefinition,
  ConstantOptions,
  LengthOptions,
  ReservedDefinition,
  RoleDefinition,
} from "./definition.js";
import { callSite } from "./site.js";

/** How long the frame is. Unsigned, 8 to 32 bits. */
function length(options?: LengthOptions): RoleDefinition<"length"> {
  return { definition: "role", name: "length", options, site: callSite(length) };
}

/** Counts a client's requests; an answer carries its request's number. Unsigned, 8 to 32 bits. */
function sequence(): RoleDefinition<"sequence"> {
  return { definition: "role", name: "sequence", site: callSite(sequence) };
}

/** When the frame was sent: milliseconds since 1970. 64 bits. */
function timestamp(): RoleDefinition<"timestamp"> {
  return { definition: "role", name: "timestamp", site: callSite(timestamp) };
}

/**
 * Whether a frame asks, tells, answers or pushes, in the protocol's numbers: `role.kind({ request: 0, notify: 1, response: 2, push: 3 })`.
 * Unsigned, up to 32 bits.
 */
function kind(values: MessageKinds): RoleDefinition<"kind"> {
  return { definition: "role", name: "kind", values, site: callSite(kind) };
}

/** Which message the body is. Unsigned, 8 to 32 bits; 8 or 16 beside a `service`. */
function messageId(): RoleDefinition<"messageId"> {
  return { definition: "role", name: "messageId", site: callSite(messageId) };
}

/** The outer part of a two-part message key. Unsigned, 8 or 16 bits. */
function service(): RoleDefinition<"service"> {
  return { definition: "role", name: "service", site: callSite(service) };
}

/**
 * Which route a frame is about, in protocols with `key: ["route"]`: text holds its name, and an unsigned number of 8 to 32 bits its
 * message id, as a code for the name. A layout may have both when conditions tell which one is there.
 */
function route(): RoleDefinition<"route"> {
  return { definition: "role", name: "route", site: callSite(route) };
}

/** The `typeId` of the server type a route belongs to. Unsigned, 8 to 32 bits. */
function serverType(): RoleDefinition<"serverType"> {
  return { definition: "role", name: "serverType", site: callSite(serverType) };
}

/** Whether the body is compressed: must be zero for now. Unsigned, 8 to 32 bits. */
function compressed(): RoleDefinition<"compressed"> {
  return { definition: "role", name: "compressed", site: callSite(compressed) };
}

/** Whether the body is encrypted: must be zero for now. Unsigned, 8 to 32 bits. */
function encrypted(): RoleDefinition<"encrypted"> {
  return { definition: "role", name: "encrypted", site: callSite(encrypted) };
}

/**
 * A checksum of the frame or a part of it, verified on reading: `"crc32"`, `"crc32c"` or `"adler32"` in 4 bytes, `"crc16-ccitt"` (begun
 * with 0xFFFF) in 2. An unsigned number, or `bytes(n)` up to 32, zeros on the left.
 */
function checksum(algorithm: ChecksumAlgorithm, options?: ChecksumOptions): RoleDefinition<"checksum"> {
  return { definition: "role", name: "checksum", algorithm, options, site: callSite(checksum) };
}

/** 0, or why a request failed. Unsigned, 16 to 32 bits. */
function errorCode(): RoleDefinition<"errorCode"> {
  return { definition: "role", name: "errorCode", site: callSite(errorCode) };
}

/** Bits without a meaning yet: must be zero. Unsigned, 8 to 32 bits. */
function flags(): RoleDefinition<"flags"> {
  return { definition: "role", name: "flags", site: callSite(flags) };
}

/** The version of the protocol a frame is written in. Unsigned, 8 to 32 bits. */
function version(): RoleDefinition<"version"> {
  return { definition: "role", name: "version", site: callSite(version) };
}

/** Internal layout: the number of the sending server. Unsigned, 8 to 32 bits. */
function source(): RoleDefinition<"source"> {
  return { definition: "role", name: "source", site: callSite(source) };
}

/** Internal layout: the number of the receiving server. Unsigned, 8 to 32 bits. */
function target(): RoleDefinition<"target"> {
  return { definition: "role", name: "target", site: callSite(target) };
}

/** Internal layout: the user a frame is about. 32 or 64 bits. */
function userId(): RoleDefinition<"userId"> {
  return { definition: "role", name: "userId", site: callSite(userId) };
}

/** Internal layout: the user's character. 32 or 64 bits. */
function roleId(): RoleDefinition<"roleId"> {
  return { definition: "role", name: "roleId", site: callSite(roleId) };
}

/** Internal layout: the client's address as text. */
function clientIp(): RoleDefinition<"clientIp"> {
  return { definition: "role", name: "clientIp", site: callSite(clientIp) };
}

/** Every meaning the runtime knows. A field without one is the application's own. */
export const role = {
  length,
  sequence,
  timestamp,
  messageId,
  service,
  kind,
  route,
  serverType,
  compressed,
  encrypted,
  checksum,
  errorCode,
  flags,
  version,
  source,
  target,
  userId,
  roleId,
  clientIp,
};

/** A field that always holds `value`. Unsigned, 8 to 32 bits: `u16(constant(1))`. */
export function constant(value: number, options?: ConstantOptions): ConstantDefinition {
  return { definition: "constant", value, options, site: callSite(constant) };
}

/** A field that is written as zeros and not looked at: `u16(reserved())`. */
export function reserved(): ReservedDefinition {
  return { definition: "reserved", site: callSite(reserved) };
}
