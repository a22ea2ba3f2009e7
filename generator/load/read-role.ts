/** Reads what a header field means to the runtime. */
import type { RoleDefinition } from "../dsl/definition.js";
import { checksumRoleShape, kindRoleShape, lengthRoleShape } from "../dsl/shape.js";
import type { Role, SimpleRole } from "../model.js";
import type { Reading } from "./reading.js";

/** Null when it was given something wrong. */
export function readRole(reading: Reading, definition: RoleDefinition): Role | null {
  switch (definition.name) {
    case "length": {
      const read = reading.read(definition, lengthRoleShape, { options: 0 });
      return read === null ? null : { kind: "length", ...read.options };
    }
    case "checksum": {
      const read = reading.read(definition, checksumRoleShape, { algorithm: 0, options: 1 });
      return read === null ? null : { kind: "checksum", algorithm: read.algorithm, over: read.options.over };
    }
    case "kind": {
      const read = reading.read(definition, kindRoleShape, { values: 0 });
      return read === null ? null : { kind: "kind", values: read.values };
    }
    default:
      return { kind: definition.name as SimpleRole };
  }
}
