/**
 * The codecs of a schema's messages with nothing generated on the disk: printed as for a server, freed of their types, and run in
 * memory. What `call` sends and `explain` reads is so what a client sends and a server reads.
 */
import { dirname, join } from "node:path/posix";
import { compileFunction } from "node:vm";
import { createJiti } from "jiti";
import type { Model, ProtoFile } from "../generator/model.js";
import { jsonCodecName, printMessages, wireFromPackage } from "../generator/print/typescript/index.js";
import { printJsonModules } from "../generator/targets/json-modules.js";
import { messageHomes } from "../generator/targets/message-homes.js";
import type { AnyBodyCodec } from "../wire/body-codec.js";
import * as wire from "../wire/generated-code.js";

type Exports = Record<string, unknown>;

export class LiveCodecs {
  readonly #files: readonly ProtoFile[];
  readonly #texts: ReadonlyMap<string, string>;
  readonly #loaded = new Map<string, Exports>();
  readonly #homes: ReturnType<typeof messageHomes>;
  readonly #jiti = createJiti(import.meta.url);

  constructor({ protoFiles }: Pick<Model, "protoFiles">) {
    this.#files = protoFiles;
    this.#homes = messageHomes(protoFiles);
    const messages = protoFiles.map(
      (file) => [`messages/${file.name}.ts`, printMessages(file, { protoFiles }, wireFromPackage)] as const,
    );
    const json = printJsonModules(protoFiles, () => wireFromPackage).map(({ path, text }) => [path, text] as const);
    this.#texts = new Map([...messages, ...json]);
  }

  protobuf(fullName: string): AnyBodyCodec {
    const { specifier, name } = this.#homes.get(fullName)!;
    return this.#load(join(specifier.replace(/\.js$/, ".ts")))[name] as AnyBodyCodec;
  }

  json(fullName: string): AnyBodyCodec {
    const file = this.#files.find(({ messages }) => messages.some((message) => message.fullName === fullName))!;
    return this.#load(`json/${file.name}.ts`)[jsonCodecName(file, fullName)] as AnyBodyCodec;
  }

  #load(path: string): Exports {
    const known = this.#loaded.get(path);
    if (known !== undefined) return known;
    const exports: Exports = {};
    // Before it runs: modules may import each other in circles.
    this.#loaded.set(path, exports);
    const code = this.#jiti.transform({ source: this.#texts.get(path)!, filename: path, ts: true });
    const importFrom = (specifier: string) =>
      specifier.startsWith(".") ? this.#load(join(dirname(path), specifier.replace(/\.js$/, ".ts"))) : wire;
    compileFunction(code, ["exports", "require"], { filename: path })(exports, importFrom);
    return exports;
  }
}
