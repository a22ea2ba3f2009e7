/** `manifest.ts`: all that the runtime knows of the schema, as tables. */
import { fieldOf } from "../../layout-size.js";
import type {
  Group,
  Handler,
  LineageEntry,
  Model,
  Protocol,
  Push,
  Remote,
  RoutingRule,
  Schedule,
  ServerType,
} from "../../model.js";
import { propertyKey } from "../../print/names.js";
import { layoutNames, printScanKey, sessionFields, wireFromPackage } from "../../print/typescript/index.js";
import { controlId, keyNumber } from "../protocol-key.js";
import { ServerModule, type ServerSchema } from "./server-module.js";

export function printManifest(schema: ServerSchema): string {
  const { model } = schema;
  const scanners = new Scanners();
  const module = new ServerModule(schema, ["manifest", ...scanners.collect(model)]);
  scanners.print(module, model);
  const { writer } = module;
  const table = <Row>(name: string, rows: readonly Row[], printRow: (row: Row) => void) => {
    writer.write(`${name}: [`).newLine();
    writer.indent(() => {
      for (const row of rows) {
        writer.write("{").newLine();
        writer.indent(() => printRow(row));
        writer.writeLine("},");
      }
    });
    writer.writeLine("],");
  };
  /** Values are TypeScript already. */
  const properties = (values: Record<string, string>) => {
    for (const [name, value] of Object.entries(values))
      writer.writeLine(name === value ? `${name},` : `${name}: ${value},`);
  };
  const own = model.servers.flatMap((type) => type.groups.map((group) => ({ type, group })));
  const manifest = module.runtimeType("Manifest");
  module.doc("What the runtime knows of the schema.");
  writer.write(`export const manifest: ${manifest} = `).inlineBlock(() => {
    properties({
      name: text(model.name),
      version: String(model.version),
      oldestClient: String(model.oldestClient),
      schemaHash: text(model.schemaHash),
      lineage: hashes(model.lock.lineage.filter(({ clientsOnly }) => !clientsOnly)),
      clientLineage: hashes(model.lock.lineage.filter(({ clientsOnly }) => clientsOnly)),
    });
    table("protocols", model.protocols, (protocol) =>
      properties({
        name: text(protocol.name),
        request: module.import(layoutNames(protocol.name, "request").codec, "./layouts.js"),
        response: module.import(layoutNames(protocol.name, "response").codec, "./layouts.js"),
        body: text(protocol.body),
        key: text(KEYS[protocol.key[0]!]),
        kinds: kindsEntry(protocol),
        control: controlEntry(module, protocol),
        sequence: `{ push: ${JSON.stringify(protocol.sequence.push)}, deduplicate: ${protocol.sequence.deduplicate} }`,
      }),
    );
    properties({
      internal: module.import(layoutNames(null, "internal").codec, "./layouts.js"),
      session: sessionCodec(module, model),
    });
    table("servers", model.servers, (type) =>
      properties({
        name: text(type.name),
        kind: text(type.kind),
        typeId: String(type.typeId),
        routeBy: routingEntry(type.routeBy, scanners),
        choose: textOrNull(type.choose),
        connectorType: textOrNull(type.connectorType),
        groups: `[${type.groups.map(({ name }) => text(name)).join(", ")}]`,
      }),
    );
    const handlers = own.flatMap(({ type, group }) => group.handlers.map((handler) => ({ type, group, handler })));
    table("handlers", handlers, ({ type, group, handler }) =>
      properties({
        kind: text(handler.kind),
        ...place(type, group, handler),
        messageId: String(keyNumber(handler.messageId)),
        replyId: String(keyNumber(handler.replyId)),
        failureField: failureField(model, handler),
        linkId: String(handler.linkId),
        since: String(model.lock.since[handler.route]),
        request: module.codec(handler.request),
        response: handler.response === null ? "null" : module.codec(handler.response),
        json: jsonEntry(module, handler, scanners.ofMessage(type, handler.request)),
        public: String(handler.public),
        timeout: String(handler.timeout),
        rate: rateEntry(handler),
        maxBytes: String(handler.maxBytes),
        order: text(handler.order),
        scanKey: scanners.ofMessage(type, handler.request),
      }),
    );
    const remotes = own.flatMap(({ type, group }) => group.remotes.map((remote) => ({ type, group, remote })));
    table("remotes", remotes, ({ type, group, remote }) =>
      properties({
        ...place(type, group, remote),
        linkId: String(remote.linkId),
        since: String(model.lock.since[remote.route]),
        request: module.codec(remote.request),
        response: module.codec(remote.response),
        timeout: String(remote.timeout),
        scanKey: scanners.ofMessage(type, remote.request),
      }),
    );
    const schedules = own.flatMap(({ type, group }) => group.schedules.map((schedule) => ({ type, group, schedule })));
    table("schedules", schedules, ({ type, group, schedule }) =>
      properties({
        name: text(schedule.name),
        serverType: text(type.name),
        group: text(group.name),
        method: text(schedule.method),
        since: String(model.lock.schedules[schedule.name]),
        when: timesEntry(schedule),
        on: text(schedule.on),
        overlap: text(schedule.overlap),
        timeout: String(schedule.timeout),
      }),
    );
    const pushes = model.servers.flatMap((type) => type.pushes.map((push) => ({ type, push })));
    table("pushes", pushes, ({ type, push }) => properties(pushEntry(module, type, push)));
    const errors = model.errors.map(({ name, code }) => `${propertyKey(name)}: ${code}`);
    properties({ errors: errors.length === 0 ? "{}" : `{ ${errors.join(", ")} }` });
  });
  writer.write(";").newLine();
  return module.toString();
}

const text = (value: string) => JSON.stringify(value);
const hashes = (entries: readonly LineageEntry[]) => `[${entries.map(({ hash }) => text(hash)).join(", ")}]`;
const textOrNull = (value: string | null) => JSON.stringify(value);

const KEYS = { messageId: "id", service: "pair", route: "route" } as const;

function kindsEntry({ request, response }: Protocol): string {
  const role = (fieldOf(response, "kind") ?? fieldOf(request, "kind"))?.role;
  if (role?.kind !== "kind") return "null";
  const { request: asks, notify, response: answers, push } = role.values;
  return `{ request: ${asks}, notify: ${notify}, response: ${answers}, push: ${push} }`;
}

function controlEntry(module: ServerModule, protocol: Protocol): string {
  const { control } = protocol;
  if (control.kind === "handshake") {
    const { heartbeat, timeout } = control;
    return `{ kind: "handshake", heartbeat: ${heartbeat}, timeout: ${timeout}, controlId: ${controlId(protocol)} }`;
  }
  const { heartbeat, kick, login, timeout } = control;
  const codec = (message: string) => (protocol.body === "json" ? module.jsonCodec(message) : module.codec(message));
  const beat = heartbeat === null ? "null" : `{ messageId: ${keyNumber(heartbeat.messageId)}, reply: "echo" }`;
  const last = kick === null ? "null" : `{ messageId: ${keyNumber(kick.messageId)}, message: ${codec(kick.message)} }`;
  return `{ kind: "foreign", timeout: ${timeout}, heartbeat: ${beat}, kick: ${last}, login: ${textOrNull(login)} }`;
}

/** The response's property, which the schema may call as its `.proto` file does. */
function failureField(model: Model, { failure, response }: Handler): string {
  if (failure === null || failure === "silent") return "null";
  const message = model.protoFiles.flatMap(({ messages }) => messages).find(({ fullName }) => fullName === response);
  const field = message?.fields.find(({ name, protoName }) => [name, protoName].includes(failure.field));
  return textOrNull(field?.name ?? null);
}

function place(type: ServerType, group: Group, { route, method }: Handler | Remote): Record<string, string> {
  return { route: text(route), serverType: text(type.name), group: text(group.name), method: text(method) };
}

function pushEntry(module: ServerModule, type: ServerType, push: Push): Record<string, string> {
  return {
    route: text(push.route),
    serverType: text(type.name),
    name: text(push.name),
    messageId: String(keyNumber(push.messageId)),
    linkId: String(push.linkId),
    message: module.codec(push.message),
    json: module.jsonCodec(push.message) ?? "null",
    overflow: text(push.overflow),
  };
}

function jsonEntry(module: ServerModule, { request, response }: Handler, scanKey: string): string {
  const codec = module.jsonCodec(request);
  if (codec === null) return "null";
  const answer = response === null ? "null" : module.jsonCodec(response);
  const scan =
    scanKey === "null" ? "null" : `${module.runtime("jsonScanner")}(${codec}, ${module.codec(request)}, ${scanKey})`;
  return `{ request: ${codec}, response: ${answer}, scanKey: ${scan} }`;
}

function rateEntry({ rate }: Handler): string {
  if (rate === null) return "null";
  return `{ perSecond: ${rate.perSecond}, burst: ${rate.burst}, over: ${text(rate.over)} }`;
}

function timesEntry({ when }: Schedule): string {
  if (when.kind === "every") return `{ kind: "every", interval: ${when.interval} }`;
  return `{ kind: "cron", expression: ${text(when.expression)}, timezone: ${text(when.timezone)} }`;
}

function sessionCodec(module: ServerModule, model: Model): string {
  if (model.session === null) return "null";
  const fields = [...sessionFields(model.session, model)].map(([name, number]) => `${propertyKey(name)}: ${number}`);
  return `{ body: ${module.codec(model.session)}, fields: { ${fields.join(", ")} } }`;
}

function routingEntry(rule: RoutingRule | null, scanners: Scanners): string {
  if (rule === null) return "null";
  if (!("field" in rule)) return `{ kind: ${text(rule.kind)} }`;
  const scanKey = rule.kind === "sessionData" ? `, scanKey: ${scanners.ofSession(rule.field)}` : "";
  return `{ kind: ${text(rule.kind)}, field: ${text(rule.field)}${scanKey} }`;
}

/** The functions that find routing keys in encoded bodies: one for each message and field that is asked for. */
class Scanners {
  readonly #names = new Map<string, { name: string; message: string; field: string }>();
  #session = "";

  /** Their names. */
  collect(model: Model): string[] {
    this.#session = model.session ?? "";
    for (const { routeBy, groups } of model.servers) {
      if (routeBy?.kind === "sessionData") this.#add(this.#session, routeBy.field);
      if (routeBy?.kind !== "messageField") continue;
      for (const { request } of groups.flatMap(({ handlers, remotes }) => [...handlers, ...remotes])) {
        this.#add(request, routeBy.field);
      }
    }
    return [...this.#names.values()].map(({ name }) => name);
  }

  print(module: ServerModule, model: Model): void {
    for (const { name, message, field } of this.#names.values()) {
      printScanKey(module, name, message, field, model, wireFromPackage);
      module.writer.blankLine();
    }
  }

  /** `null` unless the type routes by a field of its messages. */
  ofMessage({ routeBy }: ServerType, message: string): string {
    return routeBy?.kind === "messageField" ? this.#names.get(`${message} ${routeBy.field}`)!.name : "null";
  }

  ofSession(field: string): string {
    return this.#names.get(`${this.#session} ${field}`)!.name;
  }

  #add(message: string, field: string): void {
    const key = `${message} ${field}`;
    if (!this.#names.has(key)) this.#names.set(key, { name: `scanKey${this.#names.size + 1}`, message, field });
  }
}
