/** A module of JSON codecs while it is printed. The types and what makes them come from the module of the messages. */
import type { ProtoFile } from "../../model.js";
import type { MessagePlan } from "../../plan/index.js";
import { namesOf } from "./file-names.js";
import type { ImportStyle } from "./import-style.js";
import { type JsonFileNames, type JsonNames, jsonNamesOf } from "./json-names.js";
import { MessageModule } from "./message-module.js";

/** Where the modules of a file are, seen from the JSON module of another one. */
export interface JsonPlaces {
  /** Of its messages. */
  messages(from: ProtoFile, file: ProtoFile): string;
  /** Of its JSON codecs. */
  json(from: ProtoFile, file: ProtoFile): string;
}

export class JsonModule extends MessageModule {
  readonly jsonNames: JsonFileNames;
  readonly #places: JsonPlaces;

  constructor(
    file: ProtoFile,
    files: readonly ProtoFile[],
    plans: ReadonlyMap<string, MessagePlan>,
    imports: ImportStyle,
    places: JsonPlaces,
  ) {
    const names = jsonNamesOf(file);
    super(file, files, plans, imports, names.all);
    this.jsonNames = names;
    this.#places = places;
  }

  override typeName(fullName: string): string {
    const file = this.home(fullName);
    const { messages, enums } = namesOf(file);
    const name = messages.get(fullName)?.type ?? enums.get(fullName)!;
    return this.importType(name, this.#places.messages(this.file, file));
  }

  override functionName(fullName: string, which: "read" | "write" | "create" | "check"): string {
    const file = this.home(fullName);
    return this.import(namesOf(file).messages.get(fullName)![which], this.#places.messages(this.file, file));
  }

  override guardName(fullName: string): string {
    const file = this.home(fullName);
    return this.import(namesOf(file).guards.get(fullName)!, this.#places.messages(this.file, file));
  }

  /** The message's codec for protobuf bodies. */
  protobufCodec(fullName: string): string {
    const file = this.home(fullName);
    return this.import(namesOf(file).messages.get(fullName)!.type, this.#places.messages(this.file, file));
  }

  /** What this module or another one of JSON codecs declares for a message. */
  json(fullName: string, which: keyof JsonNames): string {
    const file = this.home(fullName);
    return this.#own(file, jsonNamesOf(file).messages.get(fullName)![which]);
  }

  jsonEnum(fullName: string, which: "numbers" | "write"): string {
    const file = this.home(fullName);
    return this.#own(file, jsonNamesOf(file).enums.get(fullName)![which]);
  }

  #own(file: ProtoFile, name: string): string {
    return file === this.file ? name : this.import(name, this.#places.json(this.file, file));
  }
}
