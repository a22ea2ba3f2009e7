/** Reads the whole schema definition, from the protocols to the error codes, into the parts of a model. */
import type { ProtocolDefinition, SchemaDefinition } from "../dsl/definition.js";
import { isDefinition, schemaShape } from "../dsl/shape.js";
import { bodyCapacity } from "../layout-size.js";
import type { ErrorDefinition, Layout, Position, Protocol, ServerType } from "../model.js";
import { readLayout } from "./read-layout.js";
import { readProtocol } from "./read-protocol.js";
import { type RouteFacts, readServer } from "./read-server.js";
import { type Reading, show } from "./reading.js";

/** Bound on a body whose route declares none, in bytes. */
const DEFAULT_MAX_BYTES = 64 * 1024;

export interface SchemaReading {
  readonly name: string;
  readonly version: number;
  readonly oldestClient: number;
  readonly protos: string;
  readonly protocols: readonly Protocol[];
  readonly internal: Layout;
  readonly session: string | null;
  readonly unknownFields: "skip" | "keep" | readonly string[];
  readonly servers: readonly ServerType[];
  readonly routes: readonly RouteFacts[];
  readonly errors: readonly ErrorDefinition[];
  readonly reserved: ReservedNumbers;
  readonly position: Position;
}

/** What the schema keeps free. */
export interface ReservedNumbers {
  readonly messageIds: readonly { readonly from: readonly number[]; readonly to: readonly number[] }[];
  readonly errors: readonly number[];
}

export function readSchema(reading: Reading, definition: SchemaDefinition): SchemaReading | null {
  const read = reading.read(definition, schemaShape, { options: 0 });
  if (read === null) return null;
  const { options } = read;
  const position = reading.position(definition);
  const protocols = readProtocols(reading, options.protocols, position);
  const internal = readLayout(reading, options.internal, "internal");
  const capacities = protocols.map(({ request }) => bodyCapacity(request));
  const maxBytes = Math.min(DEFAULT_MAX_BYTES, ...capacities);
  const servers = options.servers.flatMap((server) => readServer(reading, server, maxBytes) ?? []);
  if (servers.length < options.servers.length) reading.damage(position);
  if (internal === null) return null;
  return {
    name: options.name,
    version: options.version,
    oldestClient: options.oldestClient,
    protos: options.protos,
    protocols,
    internal,
    session: options.session ?? null,
    unknownFields: options.unknownFields,
    servers: withConnectorTypes(servers.map(({ server }) => server)),
    routes: servers.flatMap(({ routes }) => routes),
    errors: readErrors(reading, options.errors, position),
    reserved: {
      messageIds: options.reserved.messageIds.map((entry) => ("from" in entry ? entry : { from: entry, to: entry })),
      errors: options.reserved.errors,
    },
    position,
  };
}

function readProtocols(
  reading: Reading,
  given: Readonly<Record<string, unknown>>,
  position: Position,
): readonly Protocol[] {
  return Object.entries(given).flatMap(([name, value]) => {
    if (isDefinition(value, "protocol")) {
      const protocol = readProtocol(reading, value as ProtocolDefinition, name);
      if (protocol === null) reading.damage(position);
      return protocol ?? [];
    }
    reading.damage(position);
    const at = reading.sources.part(position, 0, "protocols", name);
    reading.report("schema-shape", `"${name}" must be made by protocol(), not ${show(value)}`, null, at);
    return [];
  });
}

/** A gate that does not say what it chooses from means the only connector type there is. */
function withConnectorTypes(servers: readonly ServerType[]): readonly ServerType[] {
  const connectors = servers.filter(({ kind }) => kind === "connector");
  const only = connectors.length === 1 ? connectors[0]!.name : null;
  return servers.map((server) =>
    server.kind === "gate" ? { ...server, connectorType: server.connectorType ?? only } : server,
  );
}

function readErrors(
  reading: Reading,
  given: Readonly<Record<string, unknown>>,
  position: Position,
): readonly ErrorDefinition[] {
  return Object.entries(given).flatMap(([name, code]) => {
    const at = reading.sources.part(position, 0, "errors", name);
    if (typeof code === "number" && Number.isSafeInteger(code)) {
      return { name, code, doc: reading.sources.docOfPart(position, 0, "errors", name), position: at };
    }
    reading.report("schema-shape", `the code of "${name}" must be a whole number, not ${show(code)}`, null, at);
    return [];
  });
}
