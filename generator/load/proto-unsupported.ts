/** What of protobuf a file may not use, said before anything else about it. */
import type { Diagnostic } from "../model.js";
import type { ProtoSource } from "./proto-files.js";
import type { ProtoFeature } from "./proto-outline.js";

const NOT_IN_PROTO3: Readonly<Record<ProtoFeature["what"], readonly [string, string]>> = {
  extend: ["proto3 has no extensions", "put the fields into the message itself"],
  extensions: ["proto3 has no extension ranges", "remove the range; `reserved` keeps numbers free"],
  group: ["proto3 has no groups", "declare a message, and a field of its type"],
  groupInOneof: ["proto3 has no groups", "declare a message, and a field of its type"],
  required: ["proto3 has no required fields", "check the value in the handler"],
};

export function unsupportedFeatures({ file, outline }: ProtoSource): Diagnostic[] {
  const rule = "proto-unsupported";
  const { syntax } = outline;
  if (syntax !== null && syntax.value !== "proto2" && syntax.value !== "proto3") {
    return [
      {
        rule,
        message: `this file is written in ${syntax.value}; proto2 and proto3 are supported`,
        hint: 'begin the file with: syntax = "proto3";',
        position: syntax.position,
      },
    ];
  }
  const features = outline.features.flatMap(({ what, position }) => {
    if (syntax?.value === "proto3") {
      const [message, hint] = NOT_IN_PROTO3[what];
      return { rule, message, hint, position };
    }
    if (what !== "groupInOneof") return [];
    return { rule, message: "a group in a oneof is not supported", hint: NOT_IN_PROTO3.group[1], position };
  });
  // The parser drops what is called so without a word.
  const prototypes = [...outline.declarations].filter(([name]) => name.split(".").includes("__proto__"));
  const names = prototypes.map(([, position]) => {
    const message = '"__proto__" is called like something every JavaScript object has';
    return { rule, message, hint: "give it another name", position };
  });
  return [...features, ...names].map((each) => ({ ...each, position: { ...each.position, file } }));
}
