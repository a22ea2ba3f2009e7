/** A module of the generated server while it is printed: how it mentions the runtime, the messages and its neighbours. */
import { type Model, RAW_BODY } from "../../model.js";
import { Module } from "../../print/module.js";
import { jsonHomes, speaksJson } from "../json-modules.js";
import { type MessageHome, messageHomes } from "../message-homes.js";
import { visibleFiles } from "../visible-files.js";
import { type HeaderField, headerFields } from "./header-fields.js";
import { nameServer, type ServerNames } from "./names.js";

const RUNTIME = "gatesmith/runtime";

/** The model, and what its types are called. */
export interface ServerSchema {
  readonly model: Model;
  readonly names: ServerNames;
  readonly homes: ReadonlyMap<string, MessageHome>;
  /** Where JSON codecs are, of messages that clients see; null when no protocol speaks JSON. */
  readonly jsonHomes: ReadonlyMap<string, MessageHome> | null;
}

export function serverSchema(model: Model): ServerSchema {
  const homes = messageHomes(model.protoFiles);
  return {
    model,
    names: nameServer(model),
    homes,
    jsonHomes: speaksJson(model) ? jsonHomes(visibleFiles(model)) : null,
  };
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
    if (fullName === RAW_BODY) return "Uint8Array";
    const { specifier, name } = this.#schema.homes.get(fullName)!;
    return this.importType(name, specifier);
  }

  /** The codec of a message. */
  codec(fullName: string): string {
    if (fullName === RAW_BODY) return this.import("RawBody", RUNTIME);
    const { specifier, name } = this.#schema.homes.get(fullName)!;
    return this.import(name, specifier);
  }

  /** The JSON codec of a message; null when no protocol speaks JSON. */
  jsonCodec(fullName: string): string | null {
    const { jsonHomes } = this.#schema;
    if (jsonHomes === null) return null;
    if (fullName === RAW_BODY) return this.codec(fullName);
    const { specifier, name } = jsonHomes.get(fullName)!;
    return this.import(name, specifier);
  }

  /** The type of a session's data. */
  sessionData(): string {
    const { session } = this.#schema.model;
    return session === null ? "Record<string, never>" : this.message(session);
  }

  /**
   * The parameters of a handler's context: the session's data, and the application's own fields of headers. Schemas whose layouts have
   * none need not see that there could be.
   */
  contextParameters(): string {
    const { model } = this.#schema;
    const [request, reply] = [headerFields(model, "request"), headerFields(model, "response")];
    const fields = (list: readonly HeaderField[], name: string) =>
      list.length === 0 ? "Record<never, never>" : this.importType(name, "./header-fields.js");
    const parameters = [this.sessionData()];
    if (request.length + reply.length > 0) parameters.push(fields(request, "RequestFields"));
    if (reply.length > 0) parameters.push(fields(reply, "ReplyFields"));
    return parameters.join(", ");
  }

  /** A type that the module of a server type declares. */
  ofType(serverType: string, name: string): string {
    return this.importType(name, `./${this.#schema.names.types.get(serverType)!.module}.js`);
  }
}
