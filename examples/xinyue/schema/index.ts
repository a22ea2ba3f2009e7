/** xinyue's gateway as its code has it: big-endian, numbers signed in Java and never negative; a message is known by type and id. */
import {
  backend,
  connector,
  defineSchema,
  gate,
  i64,
  id,
  layout,
  none,
  protocol,
  request,
  role,
  text,
  u8,
  u16,
  u32,
  u64,
  uid,
} from "gatesmith/schema";

const game = protocol({
  request: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      id: u16(role.messageId()),
      time: u64(role.timestamp()),
      type: u16(role.service()),
      zip: u8(role.compressed()),
    },
  ),
  response: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      id: u16(role.messageId()),
      type: u16(role.service()),
      error: u16(role.errorCode()),
      zip: u8(role.compressed()),
    },
  ),
  key: ["service", "messageId"],
  control: none(),
});

/** Between the gateway and the games. */
const internal = layout(
  { byteOrder: "big" },
  {
    role: i64(role.roleId()),
    user: i64(role.userId()),
    seq: u32(role.sequence()),
    id: u16(role.messageId()),
    time: u64(role.timestamp()),
    from: u16(role.source()),
    to: u16(role.target()),
    error: u16(role.errorCode()),
    ip: text("u16", role.clientIp()),
  },
);

/** What the gateway answers itself. */
const GATE = 1001;
const GAME = 2001;

export default defineSchema({
  name: "xinyue",
  version: 1,
  protos: "./*.proto",
  protocols: { game },
  internal,
  servers: [
    gate("gate", { typeId: 1 }),
    connector("connector", {
      typeId: GATE,
      handlers: { user: { confirm: request(id(GATE, 1), "xinyue.Confirm", "xinyue.Confirmed", { public: true }) } },
    }),
    backend("game", {
      typeId: GAME,
      routeBy: uid(),
      handlers: { player: { enter: request(id(GAME, 1), "xinyue.Enter", "xinyue.Entered") } },
    }),
  ],
});
