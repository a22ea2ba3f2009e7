/** A protocol's message key as the one number that tables and frames carry. */
import type { Protocol } from "../model.js";

/** `[2001]` -> 2001; of `[service, messageId]` the service is the upper 16 bits. */
export function keyNumber(key: readonly number[]): number {
  return key.reduce((number, part) => number * 65_536 + part, 0);
}

/** The highest message id that both layouts can carry: Hello's, and Welcome's (`wire/control-id.ts`). */
export function controlId({ request, response }: Protocol): number {
  const highest = [request, response].map(({ fields }) => {
    const type = fields.find(({ role }) => role?.kind === "messageId")?.type;
    if (type?.kind !== "integer") return 65_535;
    return 2 ** (type.signed ? type.bits - 1 : type.bits) - 1;
  });
  return Math.min(...highest);
}
