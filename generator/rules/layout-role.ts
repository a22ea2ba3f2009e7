import { fieldOf } from "../layout-size.js";
import { carries } from "../message-key.js";
import type { Layout, SimpleRole } from "../model.js";
import type { Rule } from "../rule.js";

/** The internal layout needs no role: what the runtime must know between servers is in its own envelope. */
export const layoutRole: Rule = {
  id: "layout-role",
  checks: "A protocol's layouts have every role that the runtime cannot do without.",
  *check({ model, handlers, isWhole }) {
    for (const protocol of model.protocols) {
      const { name, request, response, key, control } = protocol;
      const asks = handlers.some(({ kind, messageId }) => kind === "request" && carries(protocol, messageId));
      const framing = ({ end }: Layout) => (end === "" ? (["length"] as const) : []);
      // Hello is answered, and our own failures are told by their code.
      const answers = control.kind === "handshake" ? (["sequence", "errorCode"] as const) : [];
      const up = [...framing(request), ...key, ...(asks ? (["sequence"] as const) : [])];
      const down = [...framing(response), ...key, ...(asks ? (["sequence"] as const) : []), ...answers];
      if (isWhole(request.position)) yield* missing(request, `request layout of ${name}`, up);
      if (isWhole(response.position)) yield* missing(response, `response layout of ${name}`, down);
    }
  },
};

type NeededRole = "length" | Extract<SimpleRole, "service" | "messageId" | "route" | "sequence" | "errorCode">;

const WHY: Readonly<Record<NeededRole, string>> = {
  length: "several frames may travel together, and it says where one ends: u16(role.length())",
  service: "it is a part of the protocol's key: u16(role.service())",
  messageId: "without it nobody knows what a body is: u16(role.messageId())",
  route: 'without it nobody knows what a body is: text("u8", role.route())',
  sequence: "it tells which request an answer is for: u32(role.sequence())",
  errorCode: "it tells an answer from a failure: u16(role.errorCode())",
};

function* missing(layout: Layout, what: string, roles: readonly NeededRole[]) {
  for (const role of new Set(roles)) {
    if (fieldOf(layout, role) !== undefined) continue;
    yield { message: `the ${what} has no field with the role ${role}`, hint: WHY[role], position: layout.position };
  }
}
