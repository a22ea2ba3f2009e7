/** Runs every rule over a schema. */
import type { Diagnostic } from "./model.js";
import type { Rule, RuleContext } from "./rule.js";
import { cronExpression } from "./rules/cron-expression.js";
import { duplicateMessageId } from "./rules/duplicate-message-id.js";
import { duplicateProperty } from "./rules/duplicate-property.js";
import { duplicateRoute } from "./rules/duplicate-route.js";
import { errorCode } from "./rules/error-code.js";
import { failureField } from "./rules/failure-field.js";
import { foreignControl } from "./rules/foreign-control.js";
import { heartbeat } from "./rules/heartbeat.js";
import { layoutBits } from "./rules/layout-bits.js";
import { layoutCondition } from "./rules/layout-condition.js";
import { layoutDelimiter } from "./rules/layout-delimiter.js";
import { layoutField } from "./rules/layout-field.js";
import { layoutLength } from "./rules/layout-length.js";
import { layoutRole } from "./rules/layout-role.js";
import { maxBytes } from "./rules/max-bytes.js";
import { messageIdRange } from "./rules/message-id-range.js";
import { messageKind } from "./rules/message-kind.js";
import { missingPart } from "./rules/missing-part.js";
import { missingRouting } from "./rules/missing-routing.js";
import { mixedKeys } from "./rules/mixed-keys.js";
import { name } from "./rules/name.js";
import { oldestClient } from "./rules/oldest-client.js";
import { protoName } from "./rules/proto-name.js";
import { protoNumber } from "./rules/proto-number.js";
import { protoReserved } from "./rules/proto-reserved.js";
import { rawBody } from "./rules/raw-body.js";
import { renamedRoute } from "./rules/renamed-route.js";
import { reservedId } from "./rules/reserved-id.js";
import { reservedNumber } from "./rules/reserved-number.js";
import { retiredId } from "./rules/retired-id.js";
import { rolePlace } from "./rules/role-place.js";
import { roleType } from "./rules/role-type.js";
import { routingKey } from "./rules/routing-key.js";
import { scheduleInterval } from "./rules/schedule-interval.js";
import { sequence } from "./rules/sequence.js";
import { typeId } from "./rules/type-id.js";
import { unknownMessage } from "./rules/unknown-message.js";
import { unknownServerType } from "./rules/unknown-server-type.js";
import { unusedOption } from "./rules/unused-option.js";

/** One for each file in `rules/`. */
export const RULES: readonly Rule[] = [
  cronExpression,
  duplicateMessageId,
  duplicateProperty,
  duplicateRoute,
  errorCode,
  failureField,
  foreignControl,
  heartbeat,
  layoutBits,
  layoutCondition,
  layoutDelimiter,
  layoutField,
  layoutLength,
  layoutRole,
  maxBytes,
  messageIdRange,
  messageKind,
  missingPart,
  missingRouting,
  mixedKeys,
  name,
  oldestClient,
  protoName,
  protoNumber,
  protoReserved,
  rawBody,
  renamedRoute,
  reservedId,
  reservedNumber,
  retiredId,
  rolePlace,
  roleType,
  routingKey,
  scheduleInterval,
  sequence,
  typeId,
  unknownMessage,
  unknownServerType,
  unusedOption,
];

export function check(context: RuleContext): Diagnostic[] {
  return RULES.flatMap((rule) => Array.from(rule.check(context), (problem) => ({ rule: rule.id, ...problem })));
}
