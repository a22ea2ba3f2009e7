/** Where the parts of a schema are written, by what they are called. Null for what the schema does not have. */

import type { Step } from "./load/source-tree.js";
import type { Sources } from "./load/sources.js";
import type { Model, Position } from "./model.js";
import { ARGUMENT } from "./rule.js";

/** Where the parts of the `.proto` files stand, by full name. */
export interface ProtoPlaces {
  /** Relative to the project's root. */
  readonly files: ReadonlySet<string>;
  readonly numbers: ReadonlyMap<string, Position>;
  readonly types: ReadonlyMap<string, Position>;
  readonly names: ReadonlyMap<string, Position>;
}

export type RoutePart = "name" | "id" | "message" | "response" | "public" | "failure";

interface RoutePlace {
  readonly kind: "request" | "notify" | "push" | "rpc";
  readonly position: Position;
}

export class Places {
  readonly #model: Model;
  readonly #sources: Sources;
  readonly #protos: ProtoPlaces;
  readonly #routes = new Map<string, RoutePlace>();

  constructor(model: Model, sources: Sources, protos: ProtoPlaces) {
    this.#model = model;
    this.#sources = sources;
    this.#protos = protos;
    for (const { groups, pushes } of model.servers) {
      for (const { handlers, remotes } of groups) {
        for (const { route, kind, position } of handlers) this.#routes.set(route, { kind, position });
        for (const { route, position } of remotes) this.#routes.set(route, { kind: "rpc", position });
      }
      for (const { route, position } of pushes) this.#routes.set(route, { kind: "push", position });
    }
  }

  /** A part of `defineSchema`'s options; as much of the path as is written. */
  schema(...path: readonly Step[]): Position {
    return this.#sources.part(this.#model.position, 0, ...path);
  }

  protocol(name: string, ...path: readonly Step[]): Position | null {
    const protocol = this.#model.protocols.find((one) => one.name === name);
    return protocol === undefined ? null : this.#sources.part(protocol.position, 0, ...path);
  }

  /** The layout's field at `index`, or the layout itself when it has no such field. */
  layoutField(layout: LayoutName, index: number, part: "type" | "name" = "type"): Position | null {
    const found = this.#layout(layout);
    if (found === undefined) return null;
    const field = found.fields[index];
    if (field === undefined) return found.position;
    return part === "name" ? this.#sources.nameOf(field.position) : field.position;
  }

  server(name: string, ...path: readonly Step[]): Position | null {
    const server = this.#model.servers.find((one) => one.name === name);
    if (server === undefined) return null;
    return path.length === 0 ? server.position : this.#sources.part(server.position, 1, ...path);
  }

  route(route: string, part?: RoutePart): Position | null {
    const found = this.#routes.get(route);
    if (found === undefined) return null;
    const { kind, position } = found;
    const places: Partial<Record<string, number>> = ARGUMENT[kind];
    switch (part) {
      case undefined:
        return position;
      case "name":
        return this.#sources.nameOf(position);
      case "id":
        return this.#sources.part(position, ARGUMENT.id);
      case "public":
      case "failure":
        return this.#sources.part(position, ARGUMENT[kind].options, part);
      case "message":
        return this.#sources.part(position, places.request ?? places.message ?? 0);
      case "response":
        return this.#sources.part(position, places.response ?? 0);
    }
  }

  /** A message or an enum; what names the files for one that is in none of them. */
  type(fullName: string): Position {
    return this.#protos.names.get(fullName) ?? this.schema("protos");
  }

  /** A field of a message or a value of an enum: its name, its number or its type. */
  member(type: string, name: string, part: "name" | "number" | "type" = "name"): Position {
    // An extension stands where it is declared, not in the message.
    const fullName = name.startsWith("[") ? name.slice(1, -1) : `${type}.${name}`;
    const { names, numbers, types } = this.#protos;
    const place = part === "name" ? undefined : (part === "number" ? numbers : types).get(fullName);
    return place ?? names.get(fullName) ?? this.type(type);
  }

  /** Where a type that is gone would be looked for: the type around it, its file, or what names the files. */
  aroundType(fullName: string, file: string | undefined): Position {
    for (let outer = fullName; outer.includes("."); ) {
      outer = outer.slice(0, outer.lastIndexOf("."));
      const found = this.#protos.names.get(outer);
      if (found !== undefined) return found;
    }
    if (file !== undefined && this.#protos.files.has(file)) return { file, line: 1, column: 1 };
    return this.schema("protos");
  }

  #layout({ protocol, side }: LayoutName) {
    if (protocol === null) return this.#model.internal;
    return this.#model.protocols.find((one) => one.name === protocol)?.[side];
  }
}

/** `protocol` is null for the layout between servers. */
export interface LayoutName {
  readonly protocol: string | null;
  readonly side: "request" | "response";
}
