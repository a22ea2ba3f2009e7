/** What everything in a generated client is called. Its `index.ts` exports all types, so they share one scope. */
import type { Model, ProtoFile } from "../../model.js";
import { NameScope, nameMessages, pascalCase } from "../naming.js";

export interface ClientNames {
  readonly client: string;
  /** By server type that a client may talk to, or that talks to it. */
  readonly types: ReadonlyMap<string, ClientTypeNames>;
  /** By full name: messages and enums. */
  readonly messages: ReadonlyMap<string, string>;
  /** By route: the constants that describe handlers and pushes. */
  readonly routes: ReadonlyMap<string, string>;
}

export interface ClientTypeNames {
  /** The client's property. */
  readonly property: string;
  /** The interface behind it. */
  readonly interface: string;
}

/** What `runtime/` offers to an application; `index.ts` passes it on. */
export const RUNTIME_CLASSES = ["CallError", "ConnectError"];
export const RUNTIME_TYPES = [
  "BackoffOptions",
  "CallOptions",
  "ClientSocket",
  "ConnectionState",
  "ClientOptions",
  "ConnectOptions",
  "Dial",
  "Locate",
  "LocateAttempt",
  "SocketEvents",
  "WebSocketConstructor",
  "WebSocketLike",
];

/** Members every generated client has. */
const CLIENT_MEMBERS = ["close", "constructor", "onGap", "onState", "state"];

export function nameClient(model: Model, files: readonly ProtoFile[]): ClientNames {
  const scope = new NameScope([...RUNTIME_CLASSES, ...RUNTIME_TYPES, "ErrorCode", "ErrorName"]);
  const client = scope.take(`${pascalCase(model.name)}Client`);
  const properties = new NameScope(CLIENT_MEMBERS);
  const types = new Map<string, ClientTypeNames>();
  const routes = new Map<string, string>();
  const constants = new NameScope(["description"]);
  for (const type of model.servers) {
    const groups = type.groups.filter(({ handlers }) => handlers.length > 0);
    if (groups.length + type.pushes.length === 0) continue;
    types.set(type.name, {
      property: properties.take(type.name, `${type.name}_`),
      interface: scope.take(`${pascalCase(type.name)}Routes`, `${pascalCase(type.name)}_Routes`),
    });
    const named = [...groups.flatMap(({ handlers }) => handlers), ...type.pushes];
    for (const { route } of named) routes.set(route, constants.take(constantName(route), `${constantName(route)}_`));
  }
  return { client, types, messages: nameMessages(files, scope), routes };
}

/** `chat.room.send` -> `chatRoomSend` */
function constantName(route: string): string {
  const [first, ...rest] = route.split(".");
  return pascalCase(first!).replace(/^./, (letter) => letter.toLowerCase()) + rest.map(pascalCase).join("");
}
