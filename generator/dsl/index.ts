/** `gatesmith/schema`: the functions a schema is written with. They build plain objects and check nothing; `gatesmith check` does. */
export type * from "./definition.js";
export {
  bit,
  bits,
  bytes,
  char,
  decimal,
  f32,
  f64,
  i8,
  i16,
  i24,
  i32,
  i64,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  until,
  varint,
} from "./field.js";
export { control, echo, handshake, layout, none, protocol } from "./protocol.js";
export { constant, reserved, role } from "./role.js";
export { bodyField, id, notify, push, raw, request, rpc } from "./route.js";
export { hash, leastLoaded, messageField, roundRobin, server, sessionData, uid } from "./routing.js";
export { cron, every } from "./schedule.js";
export { defineSchema } from "./schema.js";
export { backend, connector, gate } from "./server.js";
