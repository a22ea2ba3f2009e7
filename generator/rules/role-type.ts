import { checksumBytes } from "../layout-size.js";
import type { FieldType, Role, SimpleRole } from "../model.js";
import { distinctLayoutsOf, type Rule } from "../rule.js";

interface Need {
  /** How the diagnostic says it. */
  readonly must: string;
  accepts(type: FieldType): boolean;
}

/** An unsigned number of a fixed size. */
function integer(lowest: number, highest: number): Need {
  return {
    must: `an unsigned integer of ${lowest} to ${highest} bits`,
    accepts: (type) => type.kind === "integer" && !type.signed && type.bits >= lowest && type.bits <= highest,
  };
}

/** The same, or one that is written in digits or in as many bytes as it needs; where 8 bits do, also a character or some bits. */
function number(lowest: number, highest: number): Need {
  return {
    must: `an unsigned number of ${lowest} to ${highest} bits`,
    accepts(type) {
      switch (type.kind) {
        case "integer":
          return !type.signed && type.bits >= lowest && type.bits <= highest;
        case "varint":
        case "decimal":
          return highest === 32;
        case "char":
          return lowest === 8;
        case "bits":
          return lowest === 8 && type.bits <= highest && type.holds === "value";
        default:
          return false;
      }
    },
  };
}

const SEQUENCE: Need = {
  must: "an unsigned number of 8 to 32 bits, no part of a byte",
  accepts: (type) => type.kind !== "bits" && type.kind !== "char" && number(8, 32).accepts(type),
};

const USER: Need = {
  must: "an integer of 32 or 64 bits",
  accepts: (type) => type.kind === "integer" && type.bits >= 32,
};

const WIDE: Need = {
  must: "an integer of 64 bits",
  accepts: (type) => type.kind === "integer" && type.bits === 64,
};

const TEXT: Need = {
  must: "text",
  accepts: ({ kind }) => kind === "text" || kind === "until" || kind === "prefixedText",
};

const NEEDS: Readonly<Record<SimpleRole | "length" | "kind", Need>> = {
  length: integer(8, 32),
  sequence: SEQUENCE,
  messageId: number(8, 32),
  service: number(8, 16),
  kind: number(8, 32),
  route: {
    must: "text, or an unsigned number of 8 to 32 bits",
    accepts: (type) => TEXT.accepts(type) || number(8, 32).accepts(type),
  },
  serverType: number(8, 32),
  compressed: number(8, 32),
  encrypted: number(8, 32),
  flags: number(8, 32),
  version: number(8, 32),
  source: number(8, 32),
  target: number(8, 32),
  // The application's own codes begin at 1000.
  errorCode: number(16, 32),
  timestamp: WIDE,
  userId: USER,
  roleId: USER,
  clientIp: TEXT,
};

/** The widest checksum: zeros are put in front of it up to there. */
const WIDEST_CHECKSUM = 32;

function needOf(role: Role, twoParts: boolean): Need {
  if (role.kind === "messageId" && twoParts) return number(8, 16);
  if (role.kind !== "checksum") return NEEDS[role.kind];
  const least = checksumBytes(role.algorithm);
  return {
    must: `an unsigned integer or bytes(n) of ${least} to ${WIDEST_CHECKSUM} bytes, for ${role.algorithm} has ${least}`,
    accepts(type) {
      const size = type.kind === "bytes" ? type.size : type.kind === "integer" && !type.signed ? type.bits / 8 : 0;
      return size >= least && size <= WIDEST_CHECKSUM;
    },
  };
}

export const roleType: Rule = {
  id: "role-type",
  checks: "A field's form can hold what its role means.",
  *check({ model }) {
    for (const { layout, protocol } of distinctLayoutsOf(model)) {
      for (const { name, type, role, position } of layout.fields) {
        if (role === null || type.kind === "constant" || type.kind === "reserved") continue;
        const need = needOf(role, protocol?.key.length === 2);
        if (need.accepts(type)) continue;
        yield { message: `"${name}" has the role ${role.kind}, and must be ${need.must}`, hint: null, position };
      }
    }
  },
};
