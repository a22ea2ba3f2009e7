/** A module of the generated client while it is printed: how it mentions the messages. */
import { type Model, type ProtoFile, RAW_BODY } from "../../model.js";
import { Module } from "../../print/module.js";
import { jsonHomes } from "../json-modules.js";
import { type MessageHome, messageHomes } from "../message-homes.js";
import { visibleFiles } from "../visible-files.js";
import { type ClientNames, nameClient } from "./names.js";

export const RUNTIME = "./runtime/index.js";

export interface ClientSchema {
  readonly model: Model;
  /** The part of the schema's messages that clients see. */
  readonly files: readonly ProtoFile[];
  readonly names: ClientNames;
  readonly homes: ReadonlyMap<string, MessageHome>;
  /** Where the codecs are that the client's protocol asks for. */
  readonly codecs: ReadonlyMap<string, MessageHome>;
  readonly json: boolean;
}

export function clientSchema(model: Model): ClientSchema {
  const files = visibleFiles(model);
  const homes = messageHomes(files);
  const json = model.protocols[0]?.body === "json";
  return { model, files, names: nameClient(model, files), homes, codecs: json ? jsonHomes(files) : homes, json };
}

export class ClientModule extends Module {
  readonly #schema: ClientSchema;

  constructor(schema: ClientSchema, ownNames: Iterable<string>) {
    super(ownNames);
    this.#schema = schema;
  }

  /** The interface of a message. */
  message(fullName: string): string {
    if (fullName === RAW_BODY) return "Uint8Array";
    const { specifier, name } = this.#schema.homes.get(fullName)!;
    return this.importType(name, specifier);
  }

  /** The codec of a message. */
  codec(fullName: string): string {
    if (fullName === RAW_BODY) return this.import("RawBody", "./wire/raw-body.js");
    const { specifier, name } = this.#schema.codecs.get(fullName)!;
    return this.import(name, specifier);
  }
}
