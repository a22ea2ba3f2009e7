/** The article's layouts with the checksum as wide as its own sum needs it: 32 bytes. The reference schema has the one of 4. */
import {
  backend,
  bytes,
  connector,
  defineSchema,
  gate,
  handshake,
  layout,
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

const main = protocol({
  request: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      time: u64(role.timestamp()),
      id: u16(role.messageId()),
      type: u16(role.serverType()),
      zip: u8(role.compressed()),
      encrypt: u8(role.encrypted()),
      crc: bytes(32, role.checksum("crc32", { over: "body" })),
    },
  ),
  response: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      id: u16(role.messageId()),
      type: u16(role.serverType()),
      time: u64(role.timestamp()),
      zip: u8(role.compressed()),
      error: u16(role.errorCode()),
    },
  ),
  control: handshake(),
});

/** Between servers. */
const internal = layout(
  { byteOrder: "big" },
  {
    role: u64(role.roleId()),
    user: u64(role.userId()),
    seq: u32(role.sequence()),
    id: u16(role.messageId()),
    type: u16(role.serverType()),
    time: u64(role.timestamp()),
    from: u16(role.source()),
    to: u16(role.target()),
    error: u16(role.errorCode()),
    ip: text("u8", role.clientIp()),
  },
);

const game = backend("game", {
  typeId: 2001,
  routeBy: uid(),
  handlers: { role: { enter: request(1, "article.Enter", "article.Entered") } },
});

export default defineSchema({
  name: "article",
  version: 1,
  protos: "./*.proto",
  protocols: { main },
  internal,
  servers: [gate("gate", { typeId: 1001 }), connector("connector", { typeId: 1002 }), game],
});
