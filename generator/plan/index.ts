/** Language-neutral plans of how layouts and messages become bytes and back. */
export { type HeaderValue, type LayoutPlan, type PlannedField, planLayout } from "./layout.js";
export {
  DEEPEST_NESTING,
  type FieldPlan,
  type MessagePlan,
  type OneofPlan,
  planMessage,
  tagOf,
  type ValuePlan,
} from "./message.js";
