import { lockKey } from "../lock.js";
import type { Position } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext, showKey } from "../rule.js";

interface Use {
  readonly route: string;
  readonly messageId: readonly number[];
  readonly position: Position;
}

/** An answer carries its request's id, so requests take their ids in both directions. */
export const duplicateMessageId: Rule = {
  id: "duplicate-message-id",
  checks: "A message id means one message up (client to server) and one down (server to client).",
  *check({ handlers, pushes, sources }) {
    const told = new Set<Use>();
    const report = function* (uses: readonly Use[], direction: string) {
      const first = new Map<string, Use>();
      for (const use of uses) {
        const key = lockKey(use.messageId);
        const other = first.get(key);
        if (other === undefined) first.set(key, use);
        else if (!told.has(use)) {
          told.add(use);
          const { file, line, column } = other.position;
          yield {
            message: `message id ${showKey(use.messageId)} means ${use.route} and ${other.route} ${direction}`,
            hint: `${other.route} has it at ${file}:${line}:${column}`,
            position: sources.part(use.position, ARGUMENT.id),
          };
        }
      }
    };
    yield* report(handlers, "from client to server");
    yield* report(downwards({ handlers, pushes }), "from server to client");
  },
};

function downwards({ handlers, pushes }: Pick<RuleContext, "handlers" | "pushes">): Use[] {
  return [...handlers.filter(({ kind }) => kind === "request"), ...pushes];
}
