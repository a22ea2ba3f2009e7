/**
 * What a `.proto` file declares and where, found without understanding it: it also works on a file that does not parse. protobufjs
 * says what things are, this says where they stand.
 */
import type { Position } from "../model.js";
import { type ProtoToken, protoTokens } from "./proto-tokens.js";

export interface ProtoOutline {
  readonly tokens: readonly ProtoToken[];
  /** "" without one. */
  readonly package: string;
  /** `proto3`, `proto2`, `edition 2023`; null when the file does not say. */
  readonly syntax: { readonly value: string; readonly position: Position } | null;
  readonly imports: readonly { readonly path: string; readonly public: boolean; readonly position: Position }[];
  /** Full name of a message, enum, field or enum value to where its name stands. An enum's values stand under the enum. */
  readonly declarations: ReadonlyMap<string, Position>;
  /** Full names of messages and enums alone. */
  readonly types: ReadonlySet<string>;
  /** Full name of a field to where its type stands. */
  readonly typeUses: ReadonlyMap<string, Position>;
  /** Full name of a field to where its number stands. */
  readonly numbers: ReadonlyMap<string, Position>;
  /** Full name of a field to the tokens of its declared default. */
  readonly defaults: ReadonlyMap<string, readonly ProtoToken[]>;
  /** What proto3 has not, or this generator does not take. */
  readonly features: readonly ProtoFeature[];
}

export interface ProtoFeature {
  readonly what: "extend" | "extensions" | "group" | "groupInOneof" | "required";
  readonly position: Position;
}

/** What `google/protobuf/descriptor.proto` declares for others to extend: options, which say nothing about bodies. */
export const EXTENDABLE_OPTIONS = /^\.?google\.protobuf\.\w+Options$/;

const inScope = (scope: string, name: string) => (scope === "" ? name : `${scope}.${name}`);

/** `file` goes into the positions. */
export function outlineProto(file: string, text: string): ProtoOutline {
  return new Outliner(file, protoTokens(text)).run();
}

class Outliner {
  readonly #file: string;
  readonly #tokens: readonly ProtoToken[];
  #next = 0;
  #package = "";
  #syntax: ProtoOutline["syntax"] = null;
  readonly #imports: { path: string; public: boolean; position: Position }[] = [];
  readonly #declarations = new Map<string, Position>();
  readonly #types = new Set<string>();
  readonly #typeUses = new Map<string, Position>();
  readonly #numbers = new Map<string, Position>();
  readonly #defaults = new Map<string, readonly ProtoToken[]>();
  readonly #features: ProtoFeature[] = [];

  constructor(file: string, tokens: readonly ProtoToken[]) {
    this.#file = file;
    this.#tokens = tokens;
  }

  run(): ProtoOutline {
    while (this.#peek() !== undefined) this.#topLevel();
    return {
      tokens: this.#tokens,
      package: this.#package,
      syntax: this.#syntax,
      imports: this.#imports,
      declarations: this.#declarations,
      types: this.#types,
      typeUses: this.#typeUses,
      numbers: this.#numbers,
      defaults: this.#defaults,
      features: this.#features,
    };
  }

  #topLevel(): void {
    const token = this.#take()!;
    switch (token.text) {
      case "message":
      case "enum":
        this.#type(token.text, this.#package);
        return;
      case ";":
        return;
      case "syntax":
      case "edition":
        this.#readSyntax(token.text);
        break;
      case "package":
        this.#package = this.#take()?.text ?? "";
        break;
      case "import":
        this.#readImport();
        break;
      case "extend":
        this.#extend(token, this.#package);
        return;
    }
    this.#endStatement();
  }

  /** Its fields belong to the scope it stands in, whatever they extend. */
  #extend(keyword: ProtoToken, scope: string): void {
    const extended = this.#take()?.text ?? "";
    if (!EXTENDABLE_OPTIONS.test(extended)) this.#features.push({ what: "extend", position: this.#position(keyword) });
    if (!this.#accept("{")) {
      this.#endStatement();
      return;
    }
    this.#members(scope);
  }

  #readSyntax(keyword: "syntax" | "edition"): void {
    this.#accept("=");
    const value = this.#take();
    if (value === undefined) return;
    const text = keyword === "syntax" ? value.text : `edition ${value.text}`;
    this.#syntax = { value: text, position: this.#position(value) };
  }

  #readImport(): void {
    const isPublic = this.#peek()?.text === "public";
    if (this.#peek()?.kind === "name") this.#take();
    const path = this.#take();
    if (path?.kind === "text")
      this.#imports.push({ path: path.text, public: isPublic, position: this.#position(path) });
  }

  #type(kind: "message" | "enum", scope: string): void {
    const name = this.#take();
    if (name === undefined) return;
    const fullName = inScope(scope, name.text);
    this.#declare(fullName, name);
    this.#types.add(fullName);
    if (!this.#accept("{")) {
      this.#endStatement();
      return;
    }
    if (kind === "message") {
      this.#members(fullName);
      return;
    }
    while (this.#peek() !== undefined && !this.#accept("}")) this.#enumValue(fullName);
  }

  #members(scope: string, inOneof = false): void {
    while (this.#peek() !== undefined && !this.#accept("}")) this.#member(scope, inOneof);
  }

  #enumValue(scope: string): void {
    const name = this.#take();
    if (this.#peek()?.text === "=" && name?.text !== "option") {
      this.#declare(`${scope}.${name?.text}`, name!);
      this.#take();
      this.#accept("-");
      this.#number(`${scope}.${name?.text}`);
    }
    this.#endStatement();
  }

  #member(scope: string, inOneof = false): void {
    const first = this.#take()!;
    const second = this.#peek();
    const opensBlock = second?.kind === "name" && this.#tokens[this.#next + 1]?.text === "{";
    if ((first.text === "message" || first.text === "enum") && opensBlock) {
      this.#type(first.text, scope);
    } else if (first.text === "oneof" && opensBlock) {
      this.#declare(`${scope}.${second.text}`, second);
      this.#next += 2;
      this.#members(scope, true);
    } else if (first.text === "extend" && second?.kind === "name" && opensBlock) {
      this.#extend(first, scope);
    } else if (first.text === "extensions" && second?.kind === "number") {
      this.#features.push({ what: "extensions", position: this.#position(first) });
      this.#endStatement();
    } else if (first.text === "option" || first.text === "reserved" || first.kind !== "name") {
      if (first.text !== ";") this.#endStatement();
    } else this.#field(first, scope, inOneof);
  }

  #field(first: ProtoToken, scope: string, inOneof: boolean): void {
    let type = first;
    const labelled = /^(optional|required|repeated)$/.test(first.text) && this.#peek()?.kind === "name";
    if (labelled) {
      if (first.text === "required") this.#features.push({ what: "required", position: this.#position(first) });
      type = this.#take()!;
    }
    if (type.text === "group" && this.#peek()?.kind === "name") {
      this.#group(type, scope, inOneof);
      return;
    }
    if (type.text === "map" && this.#accept("<")) {
      this.#take();
      this.#accept(",");
      type = this.#take() ?? type;
      this.#accept(">");
    }
    const name = this.#peek();
    if (name?.kind === "name") {
      const fullName = inScope(scope, name.text);
      this.#take();
      this.#declare(fullName, name);
      this.#typeUses.set(fullName, this.#position(type));
      if (this.#accept("=")) {
        this.#accept("-");
        this.#number(fullName);
      }
      this.#readDefault(fullName);
    }
    this.#endStatement();
  }

  /** A message and a field at once. The field is called like the message, in lower case. */
  #group(keyword: ProtoToken, scope: string, inOneof: boolean): void {
    const what = inOneof ? "groupInOneof" : "group";
    this.#features.push({ what, position: this.#position(keyword) });
    const name = this.#take()!;
    const type = inScope(scope, name.text);
    const field = inScope(scope, name.text.toLowerCase());
    this.#declare(type, name);
    this.#declare(field, name);
    this.#types.add(type);
    this.#typeUses.set(field, this.#position(name));
    if (this.#accept("=")) this.#number(field);
    for (let token = this.#peek(); token !== undefined && token.text !== "{"; token = this.#peek()) {
      if (token.text === ";" || token.text === "}") return;
      this.#next++;
    }
    if (this.#accept("{")) this.#members(type);
  }

  /** Finds `default = <value>` among the options of a field, up to the end of its statement. */
  #readDefault(fullName: string): void {
    for (let index = this.#next; index < this.#tokens.length; index++) {
      const { kind, text } = this.#tokens[index]!;
      if (kind === "symbol" && (text === ";" || text === "}")) return;
      if (kind !== "name" || text !== "default" || this.#tokens[index + 1]?.text !== "=") continue;
      const rest = this.#tokens.slice(index + 2);
      const end = rest.findIndex(({ kind, text }) => kind === "symbol" && text !== "-");
      this.#defaults.set(fullName, rest.slice(0, end === -1 ? rest.length : end));
      return;
    }
  }

  #declare(fullName: string, token: ProtoToken): void {
    this.#declarations.set(fullName, this.#position(token));
  }

  #number(fullName: string): void {
    const token = this.#peek();
    if (token?.kind === "number") this.#numbers.set(fullName, this.#position(token));
  }

  /** Skips to behind the next `;`, or behind the block that comes before it; never past the end of the enclosing block. */
  #endStatement(): void {
    let depth = 0;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.text === "}" && token.kind === "symbol" && depth === 0) return;
      this.#next++;
      if (token.kind !== "symbol") continue;
      if (token.text === "{") depth++;
      else if (token.text === "}" && --depth === 0) {
        this.#accept(";");
        return;
      } else if (token.text === ";" && depth === 0) return;
    }
  }

  #peek(): ProtoToken | undefined {
    return this.#tokens[this.#next];
  }

  #take(): ProtoToken | undefined {
    return this.#tokens[this.#next++];
  }

  #accept(symbol: string): boolean {
    const token = this.#peek();
    if (token?.kind !== "symbol" || token.text !== symbol) return false;
    this.#next++;
    return true;
  }

  #position(token: ProtoToken): Position {
    return { file: this.#file, line: token.line, column: token.column };
  }
}
