import { control, decimal, echo, handshake, layout, protocol, role, text, u8, u16, u32, u64 } from "gatesmith/schema";

const ours = handshake({ heartbeat: "10s", timeout: "25s" });

export const main = protocol({
  request: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      messageId: u16(role.messageId()),
      sequence: u32(role.sequence()),
      checksum: u32(role.checksum("crc32", { over: "body" })),
    },
  ),
  response: layout(
    { byteOrder: "big" },
    {
      length: u16(role.length({ counts: "frame" })),
      messageId: u16(role.messageId()),
      sequence: u32(role.sequence()),
      errorCode: u16(role.errorCode()),
    },
  ),
  control: ours,
});

/** Nothing stands where `main` has it, and a length may say more than any server takes. */
export const next = protocol({
  request: layout(
    { byteOrder: "little" },
    {
      version: u8(role.version()),
      messageId: u16(role.messageId()),
      sequence: u32(role.sequence()),
      length: u32(role.length({ counts: "body" })),
    },
  ),
  response: layout(
    { byteOrder: "little" },
    {
      errorCode: u16(role.errorCode()),
      messageId: u16(role.messageId()),
      sequence: u32(role.sequence()),
      length: u32(role.length({ counts: "body" })),
    },
  ),
  control: ours,
});

/** For whoever has a terminal: `3001 7 {"text":"ahoy"}`. */
export const lines = protocol({
  request: layout(
    { end: "\n" },
    { messageId: decimal(" ", role.messageId()), sequence: decimal(" ", role.sequence()) },
  ),
  response: layout(
    { end: "\n" },
    {
      messageId: decimal(" ", role.messageId()),
      sequence: decimal(" ", role.sequence()),
      errorCode: decimal(" ", role.errorCode()),
    },
  ),
  body: "json",
  control: control({ heartbeat: echo(1), timeout: "25s", login: "connector.pier.moor" }),
});

export const internal = layout(
  { byteOrder: "big" },
  {
    userId: u64(role.userId()),
    sequence: u32(role.sequence()),
    clientIp: text("u8", role.clientIp()),
  },
);
