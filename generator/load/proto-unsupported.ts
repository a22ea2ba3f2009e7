/** What of protobuf this generator does not take yet, said before anything else about a file. */
import type { Diagnostic } from "../model.js";
import type { ProtoSource } from "./proto-files.js";

const FEATURES = {
  extend: ["extensions are not supported", "put the fields into the message itself"],
  extensions: ["extension ranges are not supported", "remove the range; `reserved` keeps numbers free"],
  group: ["groups are not supported", "declare a message, and a field of its type"],
  required: ["required fields are not supported", "proto3 has none; check the value in the handler"],
} as const;

export function unsupportedFeatures({ file, outline }: ProtoSource): Diagnostic[] {
  const rule = "proto-unsupported";
  if (outline.syntax?.value !== "proto3") {
    const what =
      outline.syntax === null ? "does not say its syntax, which means proto2" : `is written in ${outline.syntax.value}`;
    return [
      {
        rule,
        message: `this file ${what}; only proto3 is supported`,
        hint: 'begin the file with: syntax = "proto3";',
        position: outline.syntax?.position ?? { file, line: 1, column: 1 },
      },
    ];
  }
  const features = outline.unsupported.map(({ what, position }) => {
    const [message, hint] = FEATURES[what];
    return { rule, message, hint, position };
  });
  // The parser drops what is called so without a word.
  const prototypes = [...outline.declarations].filter(([name]) => name.split(".").includes("__proto__"));
  const names = prototypes.map(([, position]) => {
    const message = '"__proto__" is called like something every JavaScript object has';
    return { rule, message, hint: "give it another name", position };
  });
  return [...features, ...names];
}
