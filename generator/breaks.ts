/** Compares a schema with the one before it: runs every breaking rule. */

import { enumClosedChanged } from "./breaking/enum-closed-changed.js";
import { enumValueName } from "./breaking/enum-value-name.js";
import { enumValueRemoved } from "./breaking/enum-value-removed.js";
import { enumValueRenumbered } from "./breaking/enum-value-renumbered.js";
import { errorCodeChanged } from "./breaking/error-code-changed.js";
import { errorName } from "./breaking/error-name.js";
import { errorRemoved } from "./breaking/error-removed.js";
import { failureChanged } from "./breaking/failure-changed.js";
import { fieldCardinalityChanged } from "./breaking/field-cardinality-changed.js";
import { fieldDefault } from "./breaking/field-default.js";
import { fieldName } from "./breaking/field-name.js";
import { fieldOneofChanged } from "./breaking/field-oneof-changed.js";
import { fieldPresence } from "./breaking/field-presence.js";
import { fieldProgramType } from "./breaking/field-program-type.js";
import { fieldRemoved } from "./breaking/field-removed.js";
import { fieldRenumbered } from "./breaking/field-renumbered.js";
import { fieldTypeChanged } from "./breaking/field-type-changed.js";
import { headerFieldName } from "./breaking/header-field-name.js";
import { jsonNameChanged } from "./breaking/json-name-changed.js";
import { jsonTypeChanged } from "./breaking/json-type-changed.js";
import { layoutChanged } from "./breaking/layout-changed.js";
import { linkIdChanged } from "./breaking/link-id-changed.js";
import { messageIdChanged } from "./breaking/message-id-changed.js";
import { messageIdReused } from "./breaking/message-id-reused.js";
import { messageRemoved } from "./breaking/message-removed.js";
import { oneofName } from "./breaking/oneof-name.js";
import { protocolChanged } from "./breaking/protocol-changed.js";
import { protocolRemoved } from "./breaking/protocol-removed.js";
import { publicRemoved } from "./breaking/public-removed.js";
import { pushRemoved } from "./breaking/push-removed.js";
import { requiredFieldsChanged } from "./breaking/required-fields-changed.js";
import { reservationRemoved } from "./breaking/reservation-removed.js";
import { routeKindChanged } from "./breaking/route-kind-changed.js";
import { routeMessageChanged } from "./breaking/route-message-changed.js";
import { routeName } from "./breaking/route-name.js";
import { routeRemoved } from "./breaking/route-removed.js";
import { routeServerChanged } from "./breaking/route-server-changed.js";
import { routingChanged } from "./breaking/routing-changed.js";
import { schemaName } from "./breaking/schema-name.js";
import { serverKindChanged } from "./breaking/server-kind-changed.js";
import { serverTypeRemoved } from "./breaking/server-type-removed.js";
import { sessionChanged } from "./breaking/session-changed.js";
import { typeIdChanged } from "./breaking/type-id-changed.js";
import { typeName } from "./breaking/type-name.js";
import { versionLowered } from "./breaking/version-lowered.js";
import { BREAK_LEVELS, type BreakingRule, type BreakLevel } from "./breaking-rule.js";
import { Comparison, type CurrentSchema, type PreviousSchema } from "./compatibility/comparison.js";
import { sortDiagnostics } from "./diagnostic.js";
import type { Diagnostic } from "./model.js";

/** One for each file in `breaking/`. */
export const BREAKING_RULES: readonly BreakingRule[] = [
  enumClosedChanged,
  enumValueRemoved,
  enumValueRenumbered,
  failureChanged,
  fieldCardinalityChanged,
  fieldOneofChanged,
  fieldRemoved,
  fieldRenumbered,
  fieldTypeChanged,
  jsonNameChanged,
  jsonTypeChanged,
  layoutChanged,
  linkIdChanged,
  messageIdChanged,
  messageIdReused,
  messageRemoved,
  protocolChanged,
  protocolRemoved,
  requiredFieldsChanged,
  reservationRemoved,
  sessionChanged,
  errorCodeChanged,
  errorRemoved,
  publicRemoved,
  pushRemoved,
  routeKindChanged,
  routeMessageChanged,
  routeRemoved,
  routeServerChanged,
  routingChanged,
  serverKindChanged,
  serverTypeRemoved,
  typeIdChanged,
  versionLowered,
  enumValueName,
  errorName,
  fieldDefault,
  fieldName,
  fieldPresence,
  fieldProgramType,
  headerFieldName,
  oneofName,
  routeName,
  schemaName,
  typeName,
];

/** What of `previous` is broken at `level` or a level within it, sorted by file, line and column. */
export function findBreaks(previous: PreviousSchema, current: CurrentSchema, level: BreakLevel): Diagnostic[] {
  const comparison = new Comparison(previous, current);
  const levels = BREAK_LEVELS.slice(0, BREAK_LEVELS.indexOf(level) + 1);
  const subjects = new Set<string>();
  const found: Diagnostic[] = [];
  for (const rule of BREAKING_RULES.filter((one) => levels.includes(one.level))) {
    for (const { subject, previous: former, serversOnly = false, ...problem } of rule.check(comparison)) {
      // Where bytes break, nobody asks for names.
      if (subject !== undefined && rule.level === "source" && subjects.has(subject)) continue;
      if (subject !== undefined && rule.level !== "source") subjects.add(subject);
      const place = former === null ? {} : { previous: former };
      found.push({ rule: rule.id, level: rule.level, clients: !serversOnly, ...problem, ...place });
    }
  }
  return sortDiagnostics(found);
}
