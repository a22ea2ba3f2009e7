import { handshake, layout, protocol, role, text, u8, u16, u32, u64 } from "gatesmith/schema";

/** Neither times nor checksums: the runtime must get along with what a layout has. */
export const main = protocol({
  request: layout(
    { byteOrder: "little" },
    {
      messageId: u16(role.messageId()),
      length: u16(role.length({ counts: "rest" })),
      sequence: u32(role.sequence()),
      encrypted: u8(role.encrypted()),
      compressed: u8(role.compressed()),
    },
  ),
  response: layout(
    { byteOrder: "little" },
    {
      messageId: u16(role.messageId()),
      length: u16(role.length({ counts: "rest" })),
      sequence: u32(role.sequence()),
      errorCode: u16(role.errorCode()),
    },
  ),
  control: handshake({ heartbeat: "10s", timeout: "25s" }),
});

export const internal = layout(
  { byteOrder: "little" },
  {
    userId: u64(role.userId()),
    sequence: u32(role.sequence()),
    clientIp: text("u8", role.clientIp()),
  },
);
