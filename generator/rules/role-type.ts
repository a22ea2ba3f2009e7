import type { FieldType, Role } from "../model.js";
import type { Rule } from "../rule.js";

interface Need {
  /** How the diagnostic says it. */
  readonly must: string;
  accepts(type: FieldType): boolean;
}

function unsigned(lowest: number, highest: number): Need {
  return {
    must: `an unsigned integer of ${lowest} to ${highest} bits`,
    accepts: (type) => type.kind === "integer" && !type.signed && type.bits >= lowest && type.bits <= highest,
  };
}

const USER: Need = {
  must: "an integer of 32 or 64 bits",
  accepts: (type) => type.kind === "integer" && type.bits >= 32,
};

const WIDE: Need = {
  must: "an integer of 64 bits",
  accepts: (type) => type.kind === "integer" && type.bits === 64,
};

const NEEDS: Readonly<Record<Role["kind"], Need>> = {
  length: unsigned(8, 32),
  sequence: unsigned(8, 32),
  messageId: unsigned(8, 32),
  service: unsigned(8, 16),
  serverType: unsigned(8, 32),
  compressed: unsigned(8, 32),
  encrypted: unsigned(8, 32),
  flags: unsigned(8, 32),
  version: unsigned(8, 32),
  source: unsigned(8, 32),
  target: unsigned(8, 32),
  // The application's own codes begin at 1000.
  errorCode: unsigned(16, 32),
  timestamp: WIDE,
  userId: USER,
  roleId: USER,
  clientIp: { must: "a prefixedText", accepts: (type) => type.kind === "prefixedText" },
  checksum: {
    must: "u32, or bytes(n) with at least 4 bytes",
    accepts: (type) =>
      (type.kind === "integer" && !type.signed && type.bits === 32) || (type.kind === "bytes" && type.size >= 4),
  },
};

export const roleType: Rule = {
  id: "role-type",
  checks: "A field's form can hold what its role means.",
  *check({ model }) {
    const protocols = model.protocols.flatMap(({ request, response, key }) =>
      [request, response].map((layout) => ({ layout, twoParts: key.length === 2 })),
    );
    for (const { layout, twoParts } of [...protocols, { layout: model.internal, twoParts: false }]) {
      for (const { name, type, role, position } of layout.fields) {
        if (role === null || type.kind === "constant" || type.kind === "reserved") continue;
        const need = role.kind === "messageId" && twoParts ? unsigned(8, 16) : NEEDS[role.kind];
        if (need.accepts(type)) continue;
        yield { message: `"${name}" has the role ${role.kind}, and must be ${need.must}`, hint: null, position };
      }
    }
  },
};
