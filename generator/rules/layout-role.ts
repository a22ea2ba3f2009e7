import { fieldOf } from "../layout-size.js";
import type { Layout, SimpleRole } from "../model.js";
import type { Rule } from "../rule.js";

/** The internal layout needs no role: what the runtime must know between servers is in its own envelope. */
export const layoutRole: Rule = {
  id: "layout-role",
  checks: "A protocol's layouts have every role that the runtime cannot do without.",
  *check({ model, handlers, isWhole }) {
    const asks = handlers.some(({ kind }) => kind === "request");
    for (const { name, request, response, key } of model.protocols) {
      const service = key.length === 2 ? (["service"] as const) : [];
      const up = asks
        ? (["length", ...service, "messageId", "sequence"] as const)
        : (["length", ...service, "messageId"] as const);
      const down = ["length", ...service, "messageId", "sequence", "errorCode"] as const;
      if (isWhole(request.position)) yield* missing(request, `request layout of ${name}`, up);
      if (isWhole(response.position)) yield* missing(response, `response layout of ${name}`, down);
    }
  },
};

type NeededRole = "length" | Extract<SimpleRole, "service" | "messageId" | "sequence" | "errorCode">;

const WHY: Readonly<Record<NeededRole, string>> = {
  length: "several frames may travel together, and it says where one ends: u16(role.length())",
  service: "it is a part of the protocol's key: u16(role.service())",
  messageId: "without it nobody knows what a body is: u16(role.messageId())",
  sequence: "it tells which request an answer is for: u32(role.sequence())",
  errorCode: "it tells an answer from a failure: u16(role.errorCode())",
};

function* missing(layout: Layout, what: string, roles: readonly NeededRole[]) {
  for (const role of roles) {
    if (fieldOf(layout, role) !== undefined) continue;
    yield { message: `the ${what} has no field with the role ${role}`, hint: WHY[role], position: layout.position };
  }
}
