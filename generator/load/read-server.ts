/** Reads server types: their groups, routes, pushes, schedules and routing rules. */
import type {
  BodyFieldDefinition,
  Definition,
  NotifyDefinition,
  PushDefinition,
  RemoteDefinition,
  RequestDefinition,
  ServerDefinition,
} from "../dsl/definition.js";
import type { RouteKind } from "../dsl/route-option.js";
import {
  bodyFieldShape,
  isDefinition,
  isPlainObject,
  notifyShape,
  pushShape,
  requestShape,
  rpcShape,
  serverShapes,
} from "../dsl/shape.js";
import type { Group, Handler, Position, Push, Rate, Remote, Schedule, ServerType } from "../model.js";
import { readChoice, readRoutingRule } from "./read-routing.js";
import { readSchedule } from "./read-schedule.js";
import { type Reading, show } from "./reading.js";

/** What the model does not keep of a route, and a rule or the lock file asks for. */
export interface RouteFacts {
  readonly route: string;
  readonly kind: RouteKind;
  readonly position: Position;
  /** As written: also those that mean nothing. */
  readonly options: Readonly<Record<string, unknown>>;
  /** The route's former name. */
  readonly was: string | null;
}

export interface ServerReading {
  readonly server: ServerType;
  readonly routes: readonly RouteFacts[];
}

interface Place {
  readonly serverType: string;
  readonly path: readonly string[];
  readonly call: Position;
}

/** `defaultMaxBytes` bounds the bodies of routes that do not say. */
export function readServer(
  reading: Reading,
  definition: ServerDefinition,
  defaultMaxBytes: number,
): ServerReading | null {
  const read = reading.read(definition, serverShapes[definition.kind], { name: 0, options: 1 });
  if (read === null) return null;
  const { name, options } = read;
  const call = reading.position(definition);
  const routes: RouteFacts[] = [];
  const groups = new Map<string, { handlers: Handler[]; remotes: Remote[]; schedules: Schedule[] }>();
  const group = (groupName: string) => {
    const found = groups.get(groupName) ?? { handlers: [], remotes: [], schedules: [] };
    groups.set(groupName, found);
    return found;
  };
  const router = new RouteReader(reading, routes, defaultMaxBytes);
  for (const [groupName, methods] of groupsIn(reading, options.handlers, call, "handlers")) {
    const { handlers } = group(groupName);
    for (const [method, value] of Object.entries(methods)) {
      const place = { serverType: name, path: ["handlers", groupName, method], call };
      const handler = router.handler(value, place);
      if (handler !== null) handlers.push(handler);
    }
  }
  for (const [groupName, methods] of groupsIn(reading, options.remotes, call, "remotes")) {
    const { remotes } = group(groupName);
    for (const [method, value] of Object.entries(methods)) {
      const place = { serverType: name, path: ["remotes", groupName, method], call };
      const remote = router.remote(value, place);
      if (remote !== null) remotes.push(remote);
    }
  }
  for (const [groupName, methods] of groupsIn(reading, options.schedules, call, "schedules")) {
    const { schedules } = group(groupName);
    for (const [method, value] of Object.entries(methods)) {
      const at = reading.sources.part(call, 1, "schedules", groupName, method);
      const schedule = readSchedule(reading, value, `${name}.${groupName}.${method}`, at);
      if (schedule !== null) schedules.push(schedule);
    }
  }
  const pushes: Push[] = [];
  for (const [pushName, value] of Object.entries(options.pushes)) {
    const push = router.push(value, { serverType: name, path: ["pushes", pushName], call });
    if (push !== null) pushes.push(push);
  }
  const given = "routeBy" in options ? options.routeBy : undefined;
  const routeBy = given === undefined ? null : readRoutingRule(reading, given);
  if (given !== undefined && routeBy === null) reading.damage(call);
  const server: ServerType = {
    name,
    kind: definition.kind,
    typeId: options.typeId,
    routeBy,
    ...readChoice(reading, definition, "choose" in options ? options.choose : undefined),
    // A group without a method is nothing that could be called or implemented.
    groups: [...groups]
      .map(([groupName, methods]): Group => ({ name: groupName, ...methods }))
      .filter(({ handlers, remotes, schedules }) => handlers.length + remotes.length + schedules.length > 0),
    pushes,
    doc: reading.sources.docOf(call),
    position: call,
  };
  return { server, routes };
}

function groupsIn(
  reading: Reading,
  groups: Readonly<Record<string, unknown>>,
  call: Position,
  part: string,
): [string, Readonly<Record<string, unknown>>][] {
  return Object.entries(groups).flatMap(([name, value]): [string, Readonly<Record<string, unknown>>][] => {
    if (isPlainObject(value)) return [[name, value]];
    const hint = `${part} are grouped: { <group>: { <method>: ... } }`;
    const at = reading.sources.part(call, 1, part, name);
    reading.report("schema-shape", `"${name}" must be a group, an object of methods, not ${show(value)}`, hint, at);
    return [];
  });
}

class RouteReader {
  readonly #reading: Reading;
  readonly #routes: RouteFacts[];
  readonly #defaultMaxBytes: number;

  constructor(reading: Reading, routes: RouteFacts[], defaultMaxBytes: number) {
    this.#reading = reading;
    this.#routes = routes;
    this.#defaultMaxBytes = defaultMaxBytes;
  }

  handler(value: unknown, place: Place): Handler | null {
    if (!this.#is(value, place, "request", "notify")) return null;
    const reading = this.#reading;
    const definition = value as RequestDefinition | NotifyDefinition;
    const read =
      definition.definition === "request"
        ? reading.read(definition, requestShape, { id: 0, request: 1, response: 2, options: 3 })
        : reading.read(definition, notifyShape, { id: 0, message: 1, options: 2 });
    const { route, position, doc } = this.#remember(definition, place, read?.options.was);
    if (read === null) return null;
    const { options } = read;
    const answered = "request" in read ? read.options : null;
    return {
      kind: definition.definition,
      route,
      method: place.path.at(-1)!,
      messageId: read.id,
      replyId: answered?.reply ?? read.id,
      failure: answered?.failure === undefined ? null : this.#failure(answered.failure),
      linkId: 0,
      request: "message" in read ? read.message : read.request,
      response: "message" in read ? null : read.response,
      public: options.public,
      timeout: options.timeout,
      rate: options.rate === undefined ? null : withBurst(options.rate),
      maxBytes: options.maxBytes ?? this.#defaultMaxBytes,
      order: options.order,
      doc,
      position,
    };
  }

  #failure(given: BodyFieldDefinition | "silent"): Handler["failure"] {
    if (given === "silent") return given;
    const read = this.#reading.read(given, bodyFieldShape, { field: 0 });
    return read === null ? null : { field: read.field, position: this.#reading.position(given) };
  }

  push(value: unknown, place: Place): Push | null {
    if (!this.#is(value, place, "push")) return null;
    const definition = value as PushDefinition;
    const read = this.#reading.read(definition, pushShape, { id: 0, message: 1, options: 2 });
    const { route, position, doc } = this.#remember(definition, place, read?.options.was);
    if (read === null) return null;
    const { id, message, options } = read;
    const name = place.path.at(-1)!;
    return { route, name, messageId: id, linkId: 0, message, overflow: options.overflow, doc, position };
  }

  remote(value: unknown, place: Place): Remote | null {
    if (!this.#is(value, place, "rpc")) return null;
    const definition = value as RemoteDefinition;
    const read = this.#reading.read(definition, rpcShape, { request: 0, response: 1, options: 2 });
    const { route, position, doc } = this.#remember(definition, place, read?.options.was);
    if (read === null) return null;
    const { request, response, options } = read;
    return { route, method: place.path.at(-1)!, linkId: 0, request, response, timeout: options.timeout, doc, position };
  }

  #is(value: unknown, { path, call }: Place, ...kinds: RouteKind[]): boolean {
    if (isDefinition(value, ...kinds)) return true;
    const makers = kinds.map((kind) => `${kind}()`).join(" or ");
    const hint = isDefinition(value, "request", "notify", "push", "rpc", "every", "cron")
      ? `${value.definition}() belongs elsewhere`
      : null;
    const at = this.#reading.sources.part(call, 1, ...path);
    this.#reading.report("schema-shape", `"${path.at(-1)}" must be made by ${makers}, not ${show(value)}`, hint, at);
    return false;
  }

  /** Notes the route's facts, also when the route itself cannot be read. */
  #remember(
    definition: Definition<RouteKind> & { options?: object },
    { serverType, path }: Place,
    was: string | undefined,
  ): { route: string; position: Position; doc: string } {
    const route = [serverType, ...path.slice(1)].join(".");
    const position = this.#reading.position(definition);
    const options = isPlainObject(definition.options) ? definition.options : {};
    this.#routes.push({ route, kind: definition.definition, position, options, was: was ?? null });
    return { route, position, doc: this.#reading.sources.docOf(position) };
  }
}

function withBurst(rate: { perSecond: number; burst?: number | undefined; over: Rate["over"] }): Rate {
  return { perSecond: rate.perSecond, burst: rate.burst ?? Math.max(1, Math.ceil(rate.perSecond)), over: rate.over };
}
