import {
  backend,
  connector as connectorType,
  defineSchema,
  gate as gateType,
  handshake,
  layout,
  leastLoaded,
  protocol,
  push,
  request,
  role,
  rpc,
  sessionData,
  text,
  u16,
  u32,
  u64,
} from "gatesmith/schema";

const main = protocol({
  request: layout(
    { byteOrder: "big" },
    { length: u32(role.length({ counts: "frame" })), messageId: u16(role.messageId()), sequence: u32(role.sequence()) },
  ),
  response: layout(
    { byteOrder: "big" },
    {
      length: u32(role.length({ counts: "frame" })),
      messageId: u16(role.messageId()),
      sequence: u32(role.sequence()),
      errorCode: u16(role.errorCode()),
    },
  ),
  control: handshake({ heartbeat: "1s", timeout: "6s" }),
});

const internal = layout(
  { byteOrder: "big" },
  { userId: u64(role.userId()), sequence: u32(role.sequence()), clientIp: text("u8", role.clientIp()) },
);

const gate = gateType("gate", { typeId: 1, choose: leastLoaded() });

const connector = connectorType("connector", {
  typeId: 10,
  handlers: {
    entry: {
      enter: request(1001, "chaos.Enter", "chaos.Entered", { public: true, timeout: "3s" }),
      /** Answered by the connector itself. */
      note: request(1002, "chaos.Order", "chaos.Done", { timeout: "3s" }),
    },
  },
});

const room = backend("room", {
  typeId: 20,
  routeBy: sessionData("room"),
  handlers: {
    hall: {
      /** Is pushed to everybody in the room, and once more to the session alone. */
      say: request(2001, "chaos.Order", "chaos.Done", { timeout: "3s" }),
    },
  },
  pushes: {
    onLine: push(2101, "chaos.Line"),
    onTold: push(2102, "chaos.Told"),
  },
  remotes: {
    hall: {
      join: rpc("chaos.Enter", "chaos.Nothing", { timeout: "3s" }),
      also: rpc("chaos.Order", "chaos.Done", { timeout: "2s" }),
    },
  },
});

/** What is run while servers are killed, stopped and cut off: every way of a frame, and a nonce in each. */
export default defineSchema({
  name: "chaos",
  version: 1,
  protos: "./messages/*.proto",
  protocols: { main },
  internal,
  session: "chaos.SessionData",
  servers: [gate, connector, room],
});
