/**
 * Loads a project: runs its schema, parses its `.proto` files, resolves and checks both, and hands back a frozen model, or
 * everything that is wrong.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { check } from "../check.js";
import { collectFacts } from "../collect-facts.js";
import type { CurrentSchema } from "../compatibility/comparison.js";
import { continueLineage, type EndedLineage } from "../compatibility/lineage.js";
import { sortDiagnostics } from "../diagnostic.js";
import type { SchemaDefinition } from "../dsl/definition.js";
import { isDefinition } from "../dsl/shape.js";
import { fileDiagnostic } from "../file-access.js";
import { LOCK_FILE, type LockedIds, type LockedRoute, nextIds, readLock } from "../lock.js";
import type { Diagnostic, Lock, Model, ProtoFile, ServerType } from "../model.js";
import { Places, type ProtoPlaces } from "../places.js";
import type { RuleContext } from "../rule.js";
import { schemaHash } from "../schema-hash.js";
import { type ParsedProtos, parseProtos } from "./parse-protos.js";
import { readSchema } from "./read-schema.js";
import type { RouteFacts } from "./read-server.js";
import { Reading, show } from "./reading.js";
import { runSchema, SCHEMA_ENTRY } from "./run-schema.js";

export interface LoadedProject {
  /** Null as soon as there is one diagnostic. */
  readonly model: Model | null;
  /** Sorted by file, line and column. */
  readonly diagnostics: readonly Diagnostic[];
  /** The model with all that a comparison with another schema asks for; null without a model. */
  readonly schema: CurrentSchema | null;
  /** Set when servers and clients of what was generated before are not understood any more. */
  readonly ended: EndedLineage | null;
}

export interface LoadOptions {
  /** False: what the parts mean is not checked. A schema that was good once may break a rule of today. */
  readonly rules?: boolean;
}

/**
 * Loads the project whose `schema/index.ts` is below `root`. Never throws for a mistake in the schema. The model's lock is the one
 * to write: it knows the new routes.
 */
export async function loadProject(root: string, { rules = true }: LoadOptions = {}): Promise<LoadedProject> {
  const absolute = resolve(root);
  try {
    return await load(absolute, rules);
  } catch (error) {
    return nothing([fileDiagnostic(absolute, error)]);
  }
}

function nothing(diagnostics: readonly Diagnostic[]): LoadedProject {
  return { model: null, diagnostics, schema: null, ended: null };
}

async function load(root: string, withRules: boolean): Promise<LoadedProject> {
  const failed = (diagnostics: readonly Diagnostic[]) => nothing(sortDiagnostics(diagnostics));
  const entry = { file: SCHEMA_ENTRY, line: 1, column: 1 };
  const run = await runSchema(root);
  if (run.exports === null) return failed(run.diagnostics);
  const exported = run.exports.default;
  if (!isDefinition(exported, "schema")) {
    const message =
      exported === undefined ? "has no default export" : `its default export is ${show(exported)}, not a schema`;
    const hint = "end the file with: export default defineSchema({ ... })";
    return failed([{ rule: "schema-export", message, hint, position: entry }]);
  }
  const reading = new Reading(run.sources, entry);
  const schema = readSchema(reading, exported as SchemaDefinition);
  const { lock: known, diagnostics: lockDiagnostics } = readLockFile(root);
  if (schema === null) return failed([...reading.diagnostics, ...lockDiagnostics]);
  const protos = parseProtos(realpathSync(root), schema.protos, run.sources.part(schema.position, 0, "protos"));
  const protoFiles = withUnknownFields(protos.files, schema.unknownFields);
  const routes = lockedRoutes(schema.servers, schema.routes);
  const scheduled = schema.servers.flatMap(({ groups }) => groups.flatMap(({ schedules }) => schedules));
  const ids = nextIds(
    known,
    routes,
    scheduled.map(({ name }) => name),
    schema.version,
  );
  const { name, version, oldestClient, protocols, internal, session, errors, position } = schema;
  const described = { protocols, internal, session, servers: withLinks(schema.servers, ids), errors, protoFiles };
  const facts = collectFacts(described);
  const lock: Lock = { format: 2, ...ids, lineage: [], facts, predecessor: null };
  const model: Model = { name, version, oldestClient, schemaHash: schemaHash(facts), ...described, lock, position };
  const protoPlaces = placesOf(protos);
  const context: RuleContext = {
    model,
    isWhole: (position) => reading.isWhole(position),
    sources: run.sources,
    ...routesOf(model.servers),
    routeFacts: schema.routes,
    keeping: typeof schema.unknownFields === "string" ? [] : schema.unknownFields,
    messages: byFullName(protoFiles.flatMap((file) => file.messages)),
    enums: byFullName(protoFiles.flatMap((file) => file.enums)),
    mayBeLost: (name) => protos.empty || protos.lost.has(name.slice(name.lastIndexOf(".") + 1)),
    numberPositions: protoPlaces.numbers,
    lock: known,
    lockedRoutes: routes,
    reserved: schema.reserved,
  };
  const found = withRules ? check(context) : [];
  const diagnostics = [...reading.diagnostics, ...lockDiagnostics, ...protos.diagnostics, ...found];
  if (diagnostics.length > 0) return failed(diagnostics);
  const current: CurrentSchema = {
    model,
    facts,
    places: new Places(model, run.sources, protoPlaces),
    renames: new Map(routes.flatMap(({ route, was }) => (was === null ? [] : [[was, route] as const]))),
    linked: known !== null,
  };
  // What breaks is only known of a schema that is sound.
  const { ended, ...lineage } = continueLineage(known, current);
  const complete = freeze({ ...model, lock: { ...lock, ...lineage } });
  return { model: complete, diagnostics: [], schema: { ...current, model: complete }, ended };
}

function placesOf({ sources }: ParsedProtos): ProtoPlaces {
  const all = (part: "numbers" | "typeUses" | "declarations") =>
    new Map(sources.flatMap(({ outline }) => [...outline[part]]));
  return {
    files: new Set(sources.map(({ file }) => file)),
    numbers: all("numbers"),
    types: all("typeUses"),
    names: all("declarations"),
  };
}

/** Marks the messages that keep what they do not declare. */
function withUnknownFields(
  files: readonly ProtoFile[],
  rule: "skip" | "keep" | readonly string[],
): readonly ProtoFile[] {
  if (rule === "skip") return files;
  const keeps = (fullName: string) => rule === "keep" || rule.includes(fullName);
  return files.map((file) => ({
    ...file,
    messages: file.messages.map((message) =>
      keeps(message.fullName) ? { ...message, unknownFields: "keep" } : message,
    ),
  }));
}

function readLockFile(root: string): { lock: Lock | null; diagnostics: readonly Diagnostic[] } {
  const path = join(root, LOCK_FILE);
  return statSync(path, { throwIfNoEntry: false })?.isFile()
    ? readLock(readFileSync(path, "utf8"))
    : { lock: null, diagnostics: [] };
}

/** Every route with the ids it occupies, in the schema's order: each type's handlers, then its pushes, then its remotes. */
export function lockedRoutes(servers: readonly ServerType[], facts: readonly RouteFacts[]): LockedRoute[] {
  const was = new Map(facts.map((fact) => [fact.route, fact.was]));
  const locked = (route: string, up: readonly number[] | null, down: readonly number[] | null) => ({
    route,
    was: was.get(route) ?? null,
    up,
    down,
  });
  return servers.flatMap(({ groups, pushes }) => [
    ...groups.flatMap(({ handlers }) =>
      handlers.map(({ route, kind, messageId, replyId }) =>
        locked(route, messageId, kind === "request" ? replyId : null),
      ),
    ),
    ...pushes.map(({ route, messageId }) => locked(route, null, messageId)),
    ...groups.flatMap(({ remotes }) => remotes.map(({ route }) => locked(route, null, null))),
  ]);
}

function routesOf(servers: readonly ServerType[]): Pick<RuleContext, "handlers" | "remotes" | "schedules" | "pushes"> {
  const groups = servers.flatMap((server) => server.groups.map((group) => ({ server, group })));
  return {
    handlers: groups.flatMap((place) => place.group.handlers.map((handler) => ({ ...handler, ...place }))),
    remotes: groups.flatMap((place) => place.group.remotes.map((remote) => ({ ...remote, ...place }))),
    schedules: groups.flatMap((place) => place.group.schedules.map((schedule) => ({ ...schedule, ...place }))),
    pushes: servers.flatMap((server) => server.pushes.map((push) => ({ ...push, server }))),
  };
}

function byFullName<T extends { readonly fullName: string }>(types: readonly T[]): Map<string, T> {
  return new Map(types.map((type) => [type.fullName, type]));
}

function withLinks(servers: readonly ServerType[], { links }: LockedIds): readonly ServerType[] {
  const linked = <T extends { readonly route: string }>(route: T) => ({ ...route, linkId: links[route.route]! });
  return servers.map((server) => ({
    ...server,
    groups: server.groups.map((group) => ({
      ...group,
      handlers: group.handlers.map(linked),
      remotes: group.remotes.map(linked),
    })),
    pushes: server.pushes.map(linked),
  }));
}

function freeze<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
