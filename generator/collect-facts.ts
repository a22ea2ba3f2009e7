/** Takes the facts out of a model: what other programs rely on, and nothing else. */
import type {
  EnumFacts,
  Facts,
  FieldFacts,
  Json,
  JsonObject,
  LayoutFacts,
  MessageFacts,
  ProtocolFacts,
  RouteFacts,
} from "./facts.js";
import type {
  EnumType,
  FieldType,
  Handler,
  Layout,
  LayoutField,
  MessageField,
  MessageType,
  Model,
  Protocol,
  Push,
  Remote,
  Reserved,
  RoutingRule,
} from "./model.js";

/** The parts of a model that facts are made of. */
export type FactualModel = Pick<Model, "protocols" | "internal" | "session" | "servers" | "errors" | "protoFiles">;

export function collectFacts(model: FactualModel): Facts {
  const { protocols, internal, session, servers, errors, protoFiles } = model;
  const groups = servers.flatMap((server) => server.groups);
  const messages = new Map(protoFiles.flatMap((file) => file.messages.map((type) => [type.fullName, type])));
  const routes: [string, RouteFacts][] = [
    ...groups.flatMap(({ handlers }) =>
      handlers.map((handler) => [handler.route, handlerFacts(handler, messages)] as const),
    ),
    ...groups.flatMap(({ remotes }) => remotes.map((remote) => [remote.route, remoteFacts(remote)] as const)),
    ...servers.flatMap(({ pushes }) => pushes.map((push) => [push.route, pushFacts(push)] as const)),
  ].map(([route, facts]) => [route, facts]);
  const kicks = protocols.map(({ control }) => (control.kind === "foreign" ? control.kick?.message : null));
  const carried = routes.flatMap(([, { message, response }]) => [message, response]);
  const used = usedTypes(model, [session, ...kicks, ...carried]);
  const json = protocols.some(({ body }) => body === "json");
  return {
    protocols: table(protocols.map((protocol, place) => [protocol.name, protocolFacts(protocol, place)])),
    internal: layoutFacts(internal),
    session,
    servers: table(
      servers.map(({ name, kind, typeId, routeBy }) => [
        name,
        routeBy === null ? { kind, typeId } : { kind, typeId, routeBy: describeRule(routeBy) },
      ]),
    ),
    routes: table(routes),
    errors: table(errors.map(({ name, code }) => [name, code])),
    messages: table(used.messages.map((message) => [message.fullName, messageFacts(message, json)])),
    enums: table(used.enums.map((type) => [type.fullName, enumFacts(type)])),
  };
}

/** `sessionData(room)` */
export function describeRule(rule: RoutingRule): string {
  return `${rule.kind}(${"field" in rule ? rule.field : ""})`;
}

function handlerFacts(handler: Handler, messages: ReadonlyMap<string, MessageType>): RouteFacts {
  // Limits are nobody's business but the server's: a client that keeps to the old ones is answered.
  const { route, method, doc, position, timeout, rate, maxBytes, order, ...facts } = handler;
  const { kind, messageId, replyId, linkId, request, response, public: isPublic, failure, ...more } = facts;
  return {
    kind,
    id: messageId,
    ...(response === null || replyId.join() === messageId.join() ? {} : { reply: replyId }),
    link: linkId,
    message: request,
    ...(response === null ? {} : { response }),
    ...(isPublic ? { public: true as const } : {}),
    ...failureFacts(failure, messages.get(response ?? "")),
    ...bareObject(more),
  };
}

/** A field by its number, like everywhere on a wire. */
function failureFacts(failure: Handler["failure"], response: MessageType | undefined): Pick<RouteFacts, "failure"> {
  if (failure === null || failure === "silent") return failure === null ? {} : { failure };
  const { field } = failure;
  const found = response?.fields.find(({ name, protoName }) => name === field || protoName === field);
  return found === undefined ? {} : { failure: found.number };
}

function remoteFacts({ linkId, request, response }: Remote): RouteFacts {
  return { kind: "rpc", link: linkId, message: request, response };
}

function pushFacts(push: Push): RouteFacts {
  const { route, name, doc, position, overflow, messageId, linkId, message, ...more } = push;
  return { kind: "push", id: messageId, link: linkId, message, ...bareObject(more) };
}

// ---- Protocols and layouts

/** Servers tell each other of protocols by their place. */
function protocolFacts(protocol: Protocol, place: number): ProtocolFacts {
  const { name, doc, position, request, response, control, sequence, ...more } = protocol;
  const ours = sequence.push === "count" && sequence.deduplicate;
  return {
    ...bareObject({ ...more, place, sequence: ours ? undefined : sequence }),
    control: controlFacts(control),
    request: layoutFacts(request),
    response: layoutFacts(response),
  };
}

/** How often somebody says that he is there, and what is called first, is no part of the wire. */
function controlFacts(control: Protocol["control"]): JsonObject {
  if (control.kind === "handshake") return { kind: control.kind };
  const { timeout, login, ...messages } = control;
  return bareObject(messages);
}

function layoutFacts({ name, position, fields, ...more }: Layout): LayoutFacts {
  const indexes = new Map(fields.map((field, index) => [field.name, index]));
  return { ...bareObject(more), fields: fields.map((field) => headerFieldFacts(field, indexes)) };
}

/** Other fields by their place: what a field is called is no part of the wire, nor what is in it before somebody sets it. */
function headerFieldFacts(field: LayoutField, indexes: ReadonlyMap<string, number>): JsonObject {
  const { name, property, doc, position, byteOrder, initial, when, type, ...more } = field;
  return bareObject({
    type: type.kind === "bits" ? { ...type, group: { ...type.group, name: undefined } } : type,
    byteOrder: hasByteOrder(type) ? byteOrder : undefined,
    when: when.map(({ field: other, ...condition }) => ({ field: indexes.get(other)! + 1, ...condition })),
    ...more,
  });
}

/** Whether a field has more than one byte that has an order. */
function hasByteOrder(type: FieldType): boolean {
  switch (type.kind) {
    case "integer":
    case "float":
    case "constant":
      return type.bits > 8;
    case "bits":
      return type.group.bits > 8;
    case "prefixedText":
    case "prefixedBytes":
      return type.prefix > 8;
    default:
      return false;
  }
}

// ---- Bodies

interface UsedTypes {
  readonly messages: readonly MessageType[];
  readonly enums: readonly EnumType[];
}

/** The types that are reached from `roots`. */
function usedTypes({ protoFiles }: FactualModel, roots: Iterable<string | null | undefined>): UsedTypes {
  const messages = new Map(protoFiles.flatMap((file) => file.messages.map((type) => [type.fullName, type])));
  const enums = new Map(protoFiles.flatMap((file) => file.enums.map((type) => [type.fullName, type])));
  const used = new Set<string>();
  for (const root of roots) if (root) used.add(root);
  // A set may grow while it is walked; what is added is still visited.
  for (const fullName of used) {
    for (const { type } of messages.get(fullName)?.fields ?? []) if (type.kind !== "scalar") used.add(type.fullName);
  }
  return {
    messages: [...used].flatMap((fullName) => messages.get(fullName) ?? []),
    enums: [...used].flatMap((fullName) => enums.get(fullName) ?? []),
  };
}

function messageFacts({ fields, oneofs, reserved }: MessageType, json: boolean): MessageFacts {
  const oneofOf = ({ oneof }: MessageField) => (oneof === null ? undefined : oneofs[oneof]!.name);
  return {
    fields: Object.fromEntries(
      [...fields]
        .sort((a, b) => a.number - b.number)
        .map((field) => [
          String(field.number),
          { ...fieldFacts(field, oneofOf(field)), ...(json ? { json: field.jsonName } : {}) },
        ]),
    ),
    ...reservedFacts(reserved),
  };
}

function fieldFacts({ protoName, type, presence, mapKey, group }: MessageField, oneof: string | undefined): FieldFacts {
  return {
    name: protoName,
    type: type.kind === "scalar" ? type.scalar : type.fullName,
    // What a oneof or a message has by its nature is not worth a word.
    ...(presence === "implicit" || oneof !== undefined || (presence === "explicit" && type.kind === "message")
      ? {}
      : { presence }),
    ...(oneof === undefined ? {} : { oneof }),
    ...(mapKey === null ? {} : { key: mapKey }),
    ...(group ? { group } : {}),
  };
}

function enumFacts({ values, closed, reserved }: EnumType): EnumFacts {
  const sorted = [...values].sort((a, b) => a.number - b.number || compare(a.name, b.name));
  return {
    values: Object.fromEntries(sorted.map(({ name, number }) => [name, number])),
    ...(closed ? { closed } : {}),
    ...reservedFacts(reserved),
  };
}

function reservedFacts({ numbers, names }: Reserved): Pick<MessageFacts, "reserved"> {
  if (numbers.length + names.length === 0) return {};
  return {
    reserved: {
      ...(numbers.length === 0 ? {} : { numbers: [...numbers].sort(([a], [b]) => a - b) }),
      ...(names.length === 0 ? {} : { names: [...names].sort() }),
    },
  };
}

// ---- Plain JSON

/** In the order of the names, so that moving something in the schema changes nothing. */
function table<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries([...entries].sort(([a], [b]) => compare(a, b)));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Without what is absent or a default. */
function bareObject(value: object): JsonObject {
  const entries = Object.entries(value).filter(([name]) => name !== "position" && name !== "doc");
  return Object.fromEntries(
    entries.map(([name, inner]) => [name, bare(inner)] as const).filter(([, inner]) => !isDefault(inner)),
  );
}

function bare(value: unknown): Json {
  if (Array.isArray(value)) return value.map(bare);
  return typeof value === "object" && value !== null ? bareObject(value) : (value as Json);
}

function isDefault(value: Json | undefined): boolean {
  return (
    value == null || value === false || value === 0 || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
