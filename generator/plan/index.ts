/** Language-neutral plans of how layouts and messages become bytes and back. */
export type { BitMember, HeaderValue } from "./header-value.js";
export { isPatchable, type LayoutPlan, leastSize, type PlannedField, type PlannedTest, planLayout } from "./layout.js";
export {
  DEEPEST_NESTING,
  type FieldPlan,
  type MessagePlan,
  type OneofPlan,
  planMessage,
  tagOf,
  type ValuePlan,
} from "./message.js";
