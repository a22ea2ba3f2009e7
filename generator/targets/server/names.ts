/**
 * What every type of the generated server is called. `generated/server/index.ts` exports all of them, so they share one scope, and are
 * called the same in every generated file. What the API is made of comes first; a message that would take such a name, or the name of
 * a message of another package, is called `<Package>_<Message>` instead.
 */
import type { Model } from "../../model.js";
import { NameScope, nameMessages, pascalCase } from "../naming.js";
import { hasHeaderFields } from "./header-fields.js";

export interface ServerNames {
  /** By server type. */
  readonly types: ReadonlyMap<string, ServerTypeNames>;
  /** By `<serverType>.<group>`: the interface of the group's handlers, remotes and schedules. */
  readonly groups: ReadonlyMap<string, string>;
  /** By full name: messages and enums. */
  readonly messages: ReadonlyMap<string, string>;
}

export interface ServerTypeNames {
  /** The module in `generated/server/`, without extension. */
  readonly module: string;
  readonly session: string;
  readonly context: string;
  readonly remoteContext: string;
  /** Null where the type has no schedules. */
  readonly scheduleContext: string | null;
  readonly pushes: string;
  readonly server: string;
}

/** The server's other modules, and the folder beside them. */
const MODULES = ["application", "errors", "index", "json", "layouts", "manifest", "messages", "rpc"];

const FIXED = ["Application", "defineApplication", "ErrorCode", "ErrorName", "failure", "manifest", "Rpc"];

export function nameServer(model: Model): ServerNames {
  const scope = new NameScope(hasHeaderFields(model) ? [...FIXED, "ReplyFields", "RequestFields"] : FIXED);
  const types = new Map<string, ServerTypeNames>();
  const groups = new Map<string, string>();
  for (const type of model.servers) {
    const pascal = pascalCase(type.name);
    const take = (suffix: string) => scope.take(`${pascal}${suffix}`, `${pascal}_${suffix}`);
    types.set(type.name, {
      // Names that differ in case only are one file on some disks.
      module: MODULES.includes(type.name.toLowerCase()) ? `${type.name}-server` : type.name,
      session: take("Session"),
      context: take("Context"),
      remoteContext: take("RemoteContext"),
      scheduleContext: type.groups.some(({ schedules }) => schedules.length > 0) ? take("ScheduleContext") : null,
      pushes: take("Pushes"),
      server: take("Server"),
    });
  }
  for (const type of model.servers) {
    for (const group of type.groups) {
      const [outer, inner] = [pascalCase(type.name), pascalCase(group.name)];
      groups.set(`${type.name}.${group.name}`, scope.take(`${outer}${inner}`, `${outer}_${inner}`));
    }
  }
  return { types, groups, messages: nameMessages(model.protoFiles, scope) };
}
