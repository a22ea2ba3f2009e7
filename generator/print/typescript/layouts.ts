/** Prints the module of all header layouts: a class and a codec for each. */
import type { Layout, Model, Protocol } from "../../model.js";
import { type LayoutPlan, planLayout } from "../../plan/index.js";
import type { ImportStyle } from "./import-style.js";
import { ownFields, printHeaderClass } from "./layout-class.js";
import { printDecodeHeader } from "./layout-decode.js";
import { printEncodeHeader } from "./layout-encode.js";
import { printFrameLength } from "./layout-frame-length.js";
import { type HeaderInterface, LayoutModule, type LayoutNames } from "./layout-module.js";
import { printPatchSequence } from "./layout-patch.js";
import { printSizeOf } from "./layout-size-of.js";

interface Layouts {
  readonly protocols: readonly Pick<Protocol, "name" | "request" | "response">[];
  /** Null in a client, which has no use for it. */
  readonly internal: Layout | null;
}

/** What the declarations of a protocol's layouts are called; of the internal one without a protocol. */
export function layoutNames(protocol: string | null, which: "request" | "response" | "internal"): LayoutNames {
  if (protocol === null || which === "internal") return { header: "InternalHeader", codec: "internal" };
  const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
  return { header: `${capital(protocol)}${capital(which)}Header`, codec: `${protocol}${capital(which)}` };
}

/** The text of `layouts.ts`, without a first line. A `Model` fits; a client passes `{ protocols, internal: null }`. */
export function printLayouts(model: Layouts | Model, imports: ImportStyle): string {
  const all: { names: LayoutNames; layout: Layout; like: HeaderInterface }[] = model.protocols.flatMap((protocol) => [
    { names: layoutNames(protocol.name, "request"), layout: protocol.request, like: "RequestHeader" as const },
    { names: layoutNames(protocol.name, "response"), layout: protocol.response, like: "ResponseHeader" as const },
  ]);
  if (model.internal !== null) {
    all.push({ names: layoutNames(null, "internal"), layout: model.internal, like: "InternalHeader" });
  }
  const module = new LayoutModule(
    all.flatMap(({ names }) => [names.header, names.codec]),
    imports,
  );
  for (const { names, layout, like } of all) printLayout(module, names, planLayout(layout), like);
  return module.toString();
}

function printLayout(module: LayoutModule, names: LayoutNames, plan: LayoutPlan, like: HeaderInterface): void {
  const { writer } = module;
  printHeaderClass(module, names, plan, like);
  module.printTexts(names, plan);
  const suffix = names.codec.charAt(0).toUpperCase() + names.codec.slice(1);
  const functions = {
    sizeOf: `sizeOf${suffix}`,
    encode: `encode${suffix}`,
    decode: `decode${suffix}`,
    frameLength: `frameLengthOf${suffix}`,
    patchSequence: `patch${suffix}`,
  };
  const size = plan.variableFields === 0 ? `${plan.size} bytes` : `at least ${plan.size} bytes`;
  module.doc(`Writes and reads \`${names.header}\`: ${size}.`);
  writer.write(`export const ${names.codec}: ${module.wireType("LayoutCodec")}<${names.header}> = `).inlineBlock(() => {
    writer.writeLine(`size: ${plan.size},`);
    writer.writeLine(`sequenceBytes: ${plan.sequenceBytes},`);
    writer.writeLine(`trailer: ${plan.trailer},`);
    writer.writeLine(
      `fields: [${ownFields(plan)
        .map((field) => JSON.stringify(field))
        .join(", ")}],`,
    );
    writer.writeLine(`create: () => new ${names.header}(),`);
    for (const [key, name] of Object.entries(functions)) writer.writeLine(`${key}: ${name},`);
  });
  writer.write(";").newLine().blankLine();
  printSizeOf(module, names, plan, functions.sizeOf);
  printEncodeHeader(module, names, plan, functions.encode);
  printDecodeHeader(module, names, plan, functions.decode);
  printFrameLength(module, names, plan, functions.frameLength);
  printPatchSequence(module, names, plan, functions.patchSequence);
}
