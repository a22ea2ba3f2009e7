/** A module of the generated server while it is printed: how it mentions the runtime, the messages and its neighbours. */
import type { Model } from "../../model.js";
import { Module } from "../../print/module.js";
import { type MessageHome, messageHomes } from "../message-homes.js";
import { nameServer, type ServerNames } from "./names.js";

const RUNTIME = "gatesmith/runtime";

/** The model, and what its types are called. */
export interface ServerSchema {
  readonly model: Model;
  readonly names: ServerNames;
  readonly homes: ReadonlyMap<string, MessageHome>;
}

export function serverSchema(model: Model): ServerSchema {
  return { model, names: nameServer(model), homes: messageHomes(model.protoFiles) };
}

export class ServerModule extends Module {
  readonly #schema: ServerSchema;

  constructor(schema: ServerSchema, ownNames: Iterable<string>) {
    super(ownNames);
    this.#schema = schema;
  }

  runtime(name: string): string {
    return this.import(name, RUNTIME);
  }

  runtimeType(name: string): string {
    return this.importType(name, RUNTIME);
  }

  /** The interface of a message. */
  message(fullName: string): string {
    const { specifier, name } = this.#schema.homes.get(fullName)!;
    return this.importType(name, specifier);
  }

  /** The codec of a message. */
  codec(fullName: string): string {
    const { specifier, name } = this.#schema.homes.get(fullName)!;
    return this.import(name, specifier);
  }

  /** The type of a session's data. */
  sessionData(): string {
    const { session } = this.#schema.model;
    return session === null ? "Record<string, never>" : this.message(session);
  }

  /** A type that the module of a server type declares. */
  ofType(serverType: string, name: string): string {
    return this.importType(name, `./${this.#schema.names.types.get(serverType)!.module}.js`);
  }
}
