/** What the stub of one group consists of, and its text when its file does not exist yet. */
import { type Group, type Model, RAW_BODY, type ServerType } from "../model.js";
import { docLines } from "../print/doc.js";
import { pascalCase } from "../targets/naming.js";
import type { ServerNames, ServerTypeNames } from "../targets/server/names.js";
import type { SourceStyle } from "./source-style.js";

export interface GroupStub {
  readonly serverType: string;
  readonly group: string;
  /** `app/chat/room.ts` */
  readonly path: string;
  readonly className: string;
  /** The generated interface that the class implements. */
  readonly interfaceName: string;
  /** The generated type of what the class is constructed with. */
  readonly serverName: string;
  readonly methods: readonly StubMethod[];
}

/** Types are names that `generated/server/index.ts` exports. */
export interface StubMethod {
  readonly name: string;
  /** Of a route or schedule, in full. */
  readonly route: string;
  readonly doc: string;
  readonly parameters: readonly StubParameter[];
  /** Null when nothing is answered. */
  readonly response: string | null;
}

export interface StubParameter {
  readonly name: "_request" | "_message" | "_context";
  readonly type: string;
}

export function groupStubs(model: Model, names: ServerNames): GroupStub[] {
  return model.servers.flatMap((type) => type.groups.map((group) => groupStub(type, group, names)));
}

function groupStub(type: ServerType, group: Group, names: ServerNames): GroupStub {
  const typeNames = names.types.get(type.name)!;
  const interfaceName = names.groups.get(`${type.name}.${group.name}`)!;
  const stub = {
    serverType: type.name,
    group: group.name,
    path: `app/${type.name}/${group.name}.ts`,
    className: pascalCase(group.name),
    interfaceName,
    serverName: typeNames.server,
    methods: stubMethods(group, names, typeNames),
  };
  // The class stands beside what its file imports.
  return importedTypes(stub).includes(stub.className) ? { ...stub, className: `${stub.className}Group` } : stub;
}

function stubMethods(group: Group, names: ServerNames, typeNames: ServerTypeNames): StubMethod[] {
  const handlers = group.handlers.map(
    (handler): StubMethod => ({
      name: handler.method,
      route: handler.route,
      doc: handler.doc,
      parameters: [
        { name: handler.kind === "request" ? "_request" : "_message", type: typeOf(names, handler.request) },
        { name: "_context", type: typeNames.context },
      ],
      response: handler.response === null ? null : typeOf(names, handler.response),
    }),
  );
  const remotes = group.remotes.map(
    (remote): StubMethod => ({
      name: remote.method,
      route: remote.route,
      doc: remote.doc,
      parameters: [
        { name: "_request", type: typeOf(names, remote.request) },
        { name: "_context", type: typeNames.remoteContext },
      ],
      response: typeOf(names, remote.response),
    }),
  );
  const schedules = group.schedules.map(
    ({ method, name, doc }): StubMethod => ({
      name: method,
      route: name,
      doc,
      parameters: [{ name: "_context", type: typeNames.scheduleContext! }],
      response: null,
    }),
  );
  return [...handlers, ...remotes, ...schedules];
}

/** What every program has: it is not imported. */
const BYTES = "Uint8Array";

const typeOf = ({ messages }: ServerNames, body: string) => (body === RAW_BODY ? BYTES : messages.get(body)!);

function importedTypes({ interfaceName, serverName, methods }: Omit<GroupStub, "className">): string[] {
  const names = methods.flatMap(({ parameters, response }) => [...parameters.map(({ type }) => type), response ?? ""]);
  return [...new Set([interfaceName, serverName, ...names])].filter((name) => name !== "" && name !== BYTES).sort();
}

const FRESH: SourceStyle = { newline: "\n", unit: "  ", quote: '"', semicolon: ";" };

/** The text of a group's file that nobody has written yet. */
export function printGroupFile(stub: GroupStub): string {
  const { className, interfaceName, serverName, methods } = stub;
  const lines = [
    printTypeImport(importedTypes(stub), "../../generated/server/index.js"),
    "",
    `export class ${className} implements ${interfaceName} {`,
    `  readonly server: ${serverName};`,
    "",
    `  constructor(server: ${serverName}) {`,
    "    this.server = server;",
    "  }",
  ];
  for (const method of methods) {
    const types = { parameters: method.parameters.map(({ type }) => type), response: method.response ?? "void" };
    const body = methodLines(method, types, "this.server", FRESH);
    lines.push("", ...body.map((line) => `  ${line}`));
  }
  lines.push("}");
  return `${lines.join("\n")}\n`;
}

const LONGEST_LINE = 120;

function printTypeImport(names: readonly string[], module: string): string {
  const line = `import type { ${names.join(", ")} } from "${module}";`;
  if (line.length <= LONGEST_LINE) return line;
  return `import type {\n${names.map((name) => `  ${name},\n`).join("")}} from "${module}";`;
}

/** One method that answers NOT_IMPLEMENTED, without its class's indentation. `types` are as its file writes them. */
export function methodLines(
  method: StubMethod,
  types: { readonly parameters: readonly string[]; readonly response: string },
  server: string,
  { unit, quote, semicolon }: SourceStyle,
): string[] {
  const parameters = method.parameters.map(({ name }, index) => `${name}: ${types.parameters[index]}`);
  return [
    ...docLines(method.doc),
    `${method.name}(${parameters.join(", ")}): ${types.response} {`,
    `${unit}return ${server}.notImplemented(${quote}${method.route}${quote})${semicolon}`,
    "}",
  ];
}
