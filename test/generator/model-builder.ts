/** Small models made by hand, for tests of what reads a model. */
import type {
  Group,
  Handler,
  MessageType,
  Model,
  Position,
  ProtoFile,
  Remote,
  Schedule,
  ServerKind,
  ServerType,
} from "../../generator/model.js";

const position: Position = { file: "schema/index.ts", line: 1, column: 1 };

/** What a group has: by method, its kind and, where it matters, its doc and messages. */
export type GroupSketch = Record<string, Sketch | Sketch["kind"]>;

interface Sketch {
  kind: "request" | "notify" | "remote" | "schedule";
  doc?: string;
  request?: string;
  response?: string;
}

export interface ModelSketch {
  servers: Record<string, Record<string, GroupSketch>>;
  /** Full names; those that groups mention are there anyway. */
  messages?: string[];
  /** Routes there were, besides those there are. */
  formerRoutes?: string[];
  formerSchedules?: string[];
}

/** Messages are `chat.<Method>Request` and `chat.<Method>Response` unless the sketch says so. */
export function buildModel(sketch: ModelSketch): Model {
  const messages = new Set(sketch.messages ?? []);
  const links: Record<string, number> = {};
  const schedules = Object.fromEntries((sketch.formerSchedules ?? []).map((name) => [name, 1]));
  for (const route of sketch.formerRoutes ?? []) links[route] = Object.keys(links).length + 1;
  const servers = Object.entries(sketch.servers).map(([name, groups], index): ServerType => {
    const kind: ServerKind = name === "gate" || name === "connector" ? name : "backend";
    return {
      name,
      kind,
      typeId: 101 + index,
      routeBy: kind === "backend" ? { kind: "uid", position } : null,
      choose: kind === "gate" ? "leastLoaded" : null,
      connectorType: kind === "gate" ? "connector" : null,
      groups: Object.entries(groups).map(([group, methods]) => buildGroup(name, group, methods, messages, links)),
      pushes: [],
      doc: "",
      position,
    };
  });
  const layout = { name: "", start: "", end: "", fields: [], position };
  return {
    name: "chat",
    version: 1,
    oldestClient: 1,
    schemaHash: "0123456789abcdef",
    protocols: [
      {
        name: "main",
        request: { ...layout, name: "mainRequest" },
        response: { ...layout, name: "mainResponse" },
        body: "protobuf",
        key: ["messageId"],
        control: { kind: "handshake", heartbeat: 10_000, timeout: 25_000 },
        sequence: { push: "count", deduplicate: true },
        doc: "",
        position,
      },
    ],
    internal: { ...layout, name: "internal" },
    session: null,
    servers,
    errors: [],
    protoFiles: protoFiles([...messages]),
    lock: {
      format: 2,
      messages: { up: {}, down: {} },
      links,
      since: {},
      schedules,
      lineage: [{ hash: "0123456789abcdef", version: 1 }],
      facts: null,
      predecessor: null,
    },
    position,
  };
}

function buildGroup(
  type: string,
  name: string,
  methods: GroupSketch,
  messages: Set<string>,
  links: Record<string, number>,
): Group {
  const handlers: Handler[] = [];
  const remotes: Remote[] = [];
  const schedules: Schedule[] = [];
  for (const [method, given] of Object.entries(methods)) {
    const sketch: Sketch = typeof given === "string" ? { kind: given } : given;
    const pascal = method[0]!.toUpperCase() + method.slice(1);
    const route = `${type}.${name}.${method}`;
    if (sketch.kind === "schedule") {
      const rules = { on: "one", overlap: "skip", timeout: 60_000 } as const;
      const when = { kind: "every", interval: 10_000 } as const;
      schedules.push({ name: route, method, when, ...rules, doc: sketch.doc ?? "", position });
      continue;
    }
    links[route] ??= Object.keys(links).length + 1;
    const request = sketch.request ?? `chat.${pascal}Request`;
    const response = sketch.response ?? `chat.${pascal}Response`;
    messages.add(request);
    if (sketch.kind !== "notify") messages.add(response);
    const common = { route, method, linkId: links[route]!, request, timeout: 5000, doc: sketch.doc ?? "", position };
    if (sketch.kind === "remote") {
      remotes.push({ ...common, response });
    } else {
      handlers.push({
        ...common,
        kind: sketch.kind,
        messageId: [2000 + links[route]!],
        replyId: [2000 + links[route]!],
        failure: null,
        response: sketch.kind === "notify" ? null : response,
        public: false,
        rate: null,
        maxBytes: 65_536,
        order: "session",
      });
    }
  }
  return { name, handlers, remotes, schedules };
}

/** One file a package. */
function protoFiles(fullNames: readonly string[]): ProtoFile[] {
  const packages = new Map<string, MessageType[]>();
  for (const fullName of fullNames) {
    const [name, ...outer] = fullName.split(".").reverse();
    const messages = packages.get(outer.reverse().join(".")) ?? [];
    packages.set(fullName.split(".").slice(0, -1).join("."), messages);
    messages.push({
      fullName,
      name: name!,
      fields: [],
      oneofs: [],
      unknownFields: "skip",
      reserved: { numbers: [], names: [] },
      doc: "",
      position,
    });
  }
  return [...packages].map(([name, messages]) => ({ name, package: name, messages, enums: [] }));
}
