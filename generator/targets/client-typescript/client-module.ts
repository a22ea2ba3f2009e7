/** A module of the generated client while it is printed: how it mentions the messages. */
import type { Model, ProtoFile } from "../../model.js";
import { Module } from "../../print/module.js";
import { type MessageHome, messageHomes } from "../message-homes.js";
import { type ClientNames, nameClient } from "./names.js";
import { visibleFiles } from "./visible-files.js";

export const RUNTIME = "./runtime/index.js";

export interface ClientSchema {
  readonly model: Model;
  /** The part of the schema's messages that clients see. */
  readonly files: readonly ProtoFile[];
  readonly names: ClientNames;
  readonly homes: ReadonlyMap<string, MessageHome>;
}

export function clientSchema(model: Model): ClientSchema {
  const files = visibleFiles(model);
  return { model, files, names: nameClient(model, files), homes: messageHomes(files) };
}

export class ClientModule extends Module {
  readonly #schema: ClientSchema;

  constructor(schema: ClientSchema, ownNames: Iterable<string>) {
    super(ownNames);
    this.#schema = schema;
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
}
