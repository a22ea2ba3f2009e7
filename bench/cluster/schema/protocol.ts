import { handshake, layout, protocol, role, text, u8, u16, u32, u64 } from "gatesmith/schema";

/** The layouts of the reference schema. Heartbeats are far apart: the load generator sends none. */
export const main = protocol({
  request: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      sentAt: u64(role.timestamp()),
      messageId: u16(role.messageId()),
      serverType: u16(role.serverType()),
      compressed: u8(role.compressed()),
      encrypted: u8(role.encrypted()),
      checksum: u32(role.checksum("crc32", { over: "body" })),
    },
  ),
  response: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      seq: u32(role.sequence()),
      messageId: u16(role.messageId()),
      serverType: u16(role.serverType()),
      sentAt: u64(role.timestamp()),
      compressed: u8(role.compressed()),
      errorCode: u16(role.errorCode()),
    },
  ),
  body: "protobuf",
  control: handshake({ heartbeat: "10m", timeout: "30m" }),
});

export const internal = layout(
  { byteOrder: "big" },
  {
    roleId: u64(role.roleId()),
    userId: u64(role.userId()),
    seq: u32(role.sequence()),
    messageId: u16(role.messageId()),
    serverType: u16(role.serverType()),
    sentAt: u64(role.timestamp()),
    from: u16(role.source()),
    to: u16(role.target()),
    errorCode: u16(role.errorCode()),
    clientIp: text("u8", role.clientIp()),
  },
);
