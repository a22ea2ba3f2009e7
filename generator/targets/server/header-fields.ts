/** `header-fields.ts`: the fields of clients' headers that are the application's own, as handlers see and set them. */
import type { FieldType, LayoutField, Model, Protocol } from "../../model.js";
import { Module } from "../../print/module.js";
import { propertyKey } from "../../print/names.js";

export interface HeaderField {
  readonly name: string;
  /** In TypeScript. */
  readonly type: string;
  /** Some protocol does not have it. */
  readonly optional: boolean;
  readonly doc: string;
}

/** The fields of every protocol's layout of this side, in the order in which the schema has them; the same name is one field. */
export function headerFields({ protocols }: Model, side: "request" | "response"): HeaderField[] {
  const names = new Set(protocols.flatMap((protocol) => ownFields(protocol, side)).map(({ name }) => name));
  return [...names].map((name) => {
    const found = protocols.flatMap((protocol) => ownFields(protocol, side).filter((field) => field.name === name));
    const types = new Set(found.map(({ type }) => typeOf(type)));
    return {
      name,
      type: [...types].join(" | "),
      optional: found.length < protocols.length,
      doc: found.find(({ doc }) => doc !== "")?.doc ?? "",
    };
  });
}

/** Whether there is one at all. */
export function hasHeaderFields(model: Model): boolean {
  return headerFields(model, "request").length + headerFields(model, "response").length > 0;
}

function ownFields(protocol: Protocol, side: "request" | "response"): LayoutField[] {
  return protocol[side].fields.filter(({ role, type }) => {
    if (type.kind === "bits") return role === null && type.holds === "value";
    return role === null && type.kind !== "constant" && type.kind !== "reserved";
  });
}

function typeOf(type: FieldType): string {
  switch (type.kind) {
    case "integer":
      return type.bits === 64 ? "bigint" : "number";
    case "bytes":
    case "prefixedBytes":
      return "Uint8Array";
    case "text":
    case "until":
    case "prefixedText":
      return "string";
    default:
      return "number";
  }
}

export function printHeaderFields(model: Model): string {
  const module = new Module(["RequestFields", "ReplyFields"]);
  module.doc(
    "The application's own fields of a request's header. What the client's protocol does not have is undefined.",
  );
  printFields(module, "RequestFields", headerFields(model, "request"), "readonly ");
  module.doc("The same of its answer, for a handler to set. What the client's protocol does not have goes nowhere.");
  printFields(module, "ReplyFields", headerFields(model, "response"), "");
  return module.toString();
}

function printFields(module: Module, name: string, fields: readonly HeaderField[], modifier: string): void {
  const { writer } = module;
  writer.write(`export interface ${name} `).block(() => {
    for (const field of fields) {
      module.doc(field.doc);
      const type = field.optional ? `?: ${field.type} | undefined` : `: ${field.type}`;
      writer.writeLine(`${modifier}${propertyKey(field.name)}${type};`);
    }
  });
  writer.blankLine();
}
