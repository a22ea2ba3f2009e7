import { lockKey } from "../lock.js";
import { sameId } from "../message-key.js";
import type { Model, Position } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext, showKey } from "../rule.js";

interface Use {
  readonly route: string;
  readonly messageId: readonly number[];
  /** Of the id itself. */
  readonly position: Position;
  /** Of what has it. */
  readonly owner: Position;
}

/** An answer carries its request's id unless it has one of its own, so requests take ids in both directions. */
export const duplicateMessageId: Rule = {
  id: "duplicate-message-id",
  checks: "A message id means one message up (client to server) and one down (server to client).",
  *check(context) {
    const told = new Set<string>();
    const report = function* (uses: readonly Use[], direction: string) {
      const first = new Map<string, Use>();
      for (const use of uses) {
        const key = lockKey(use.messageId);
        const other = first.get(key);
        if (other === undefined) first.set(key, use);
        else if (other.owner !== use.owner && !told.has(placeOf(use))) {
          told.add(placeOf(use));
          const { file, line, column } = other.owner;
          yield {
            message: `message id ${showKey(use.messageId)} means ${use.route} and ${other.route} ${direction}`,
            hint: `${other.route} has it at ${file}:${line}:${column}`,
            position: use.position,
          };
        }
      }
    };
    // The control messages of different protocols never meet.
    const controls = [{ up: [], down: [] }, ...controlUses(context)];
    for (const { up } of controls) yield* report([...upwards(context), ...up], "from client to server");
    for (const { down } of controls) yield* report([...downwards(context), ...down], "from server to client");
  },
};

const placeOf = ({ position: { file, line, column } }: Use) => `${file}:${line}:${column}`;

function upwards({ handlers, sources }: RuleContext): Use[] {
  return handlers.map(({ route, messageId, position: owner }) => {
    return { route, messageId, position: sources.part(owner, ARGUMENT.id), owner };
  });
}

function downwards({ handlers, pushes, sources }: RuleContext): Use[] {
  const requests = handlers.filter(({ kind }) => kind === "request");
  return [
    ...requests.map(({ route, messageId, replyId, position: owner }) => {
      const own = sameId(replyId, messageId);
      const position = own ? sources.part(owner, ARGUMENT.id) : sources.part(owner, ARGUMENT.request.options, "reply");
      return { route, messageId: replyId, position, owner };
    }),
    ...pushes.map(({ route, messageId, position: owner }) => {
      return { route, messageId, position: sources.part(owner, ARGUMENT.id), owner };
    }),
  ];
}

/** The control messages of each protocol that is not ours. */
function controlUses({ model, sources }: RuleContext): { up: Use[]; down: Use[] }[] {
  return model.protocols.flatMap(({ name, control }: Model["protocols"][number]) => {
    if (control.kind !== "foreign") return [];
    const use = (what: string, message: { messageId: readonly number[]; position: Position } | null): Use[] => {
      if (message === null) return [];
      const { messageId, position: owner } = message;
      return [{ route: `the ${what} of ${name}`, messageId, position: sources.part(owner, ARGUMENT.id), owner }];
    };
    const heartbeat = use("heartbeat", control.heartbeat);
    return [{ up: heartbeat, down: [...heartbeat, ...use("kick", control.kick)] }];
  });
}
