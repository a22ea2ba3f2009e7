import {
  bit,
  bits,
  constant,
  control,
  decimal,
  echo,
  handshake,
  id,
  layout,
  protocol,
  push,
  reserved,
  role,
  text,
  u8,
  u16,
  u24,
  u32,
  u64,
  varint,
} from "gatesmith/schema";

const big = { byteOrder: "big" } as const;

/** Our own, for the generated client. */
export const main = protocol({
  request: layout(big, {
    length: u16(role.length({ counts: "frame" })),
    messageId: u16(role.messageId()),
    sequence: u32(role.sequence()),
  }),
  response: layout(big, {
    length: u16(role.length({ counts: "frame" })),
    messageId: u16(role.messageId()),
    sequence: u32(role.sequence()),
    errorCode: u16(role.errorCode()),
  }),
  control: handshake({ heartbeat: "10s", timeout: "25s" }),
});

const pdu = layout(big, {
  length: u32(role.length({ counts: "frame" })),
  version: u16(constant(1, { onRead: "ignore" })),
  flag: u16(),
  service: u16(role.service()),
  command: u16(role.messageId()),
  sequence: u16(role.sequence()),
  reserved: u16(reserved()),
});

/** TeamTalk's. */
export const teamtalk = protocol({
  request: pdu,
  response: pdu,
  key: ["service", "messageId"],
  sequence: { push: 0, deduplicate: false },
  control: control({
    heartbeat: echo(id(7, 0x0701)),
    kick: push(id(1, 0x0107), "IM.KickUser"),
    login: "connector.im.login",
    timeout: "60s",
  }),
});

/** JSON behind a small binary header. */
export const json = protocol({
  request: layout(big, {
    messageId: u16(role.messageId()),
    sequence: u16(role.sequence()),
    length: u16(role.length()),
  }),
  response: layout(big, {
    messageId: u16(role.messageId()),
    sequence: u16(role.sequence()),
    length: u16(role.length()),
    errorCode: u16(role.errorCode()),
  }),
  body: "json",
  control: control({ heartbeat: echo(9), login: "connector.door.enter", timeout: "60s" }),
});

/** Mir's way: `%<id>/<sequence>/<JSON>$`, and a line feed, which no JSON text holds. */
const frame = { start: "%", end: "$\n" };
export const lines = protocol({
  request: layout(frame, { messageId: decimal("/", role.messageId()), sequence: decimal("/", role.sequence()) }),
  response: layout(frame, {
    messageId: decimal("/", role.messageId()),
    sequence: decimal("/", role.sequence()),
    errorCode: decimal("/", role.errorCode()),
  }),
  body: "json",
  control: control({ heartbeat: echo(9) }),
});

/** With fields of the application's own, of fixed size and not, both ways. */
export const labelled = protocol({
  request: layout(big, {
    length: u16(role.length({ counts: "frame" })),
    messageId: u16(role.messageId()),
    sequence: u32(role.sequence()),
    zone: u16(),
    device: text("u8"),
  }),
  response: layout(big, {
    length: u16(role.length({ counts: "frame" })),
    messageId: u16(role.messageId()),
    sequence: u32(role.sequence()),
    errorCode: u16(role.errorCode()),
    cost: u32({ initial: 5 }),
    tag: u8(),
    note: text("u8"),
  }),
  control: handshake({ heartbeat: "10s", timeout: "25s" }),
});

const DATA = 4;
const kinds = { request: 0, notify: 1, response: 2, push: 3 };
const named = layout(big, {
  packet: u8({ initial: DATA }),
  length: u24(role.length({ counts: "rest" })),
  flag: bits(
    { first: "lowest", when: { packet: DATA } },
    { byCode: bit(1), kind: bit(3, role.kind(kinds)), gzip: bit(1, role.compressed()), unused: bit(3, reserved()) },
  ),
  id: varint(role.sequence(), { when: { kind: [kinds.request, kinds.response] } }),
  code: u16(role.route(), { when: { byCode: 1, kind: { not: kinds.response } } }),
  route: text("u8", role.route(), { when: { byCode: 0, kind: { not: kinds.response } } }),
});

/** pomelo's message in its package: routes by name or by code, kinds of messages, answers without a route. */
export const pomelo = protocol({
  request: named,
  response: named,
  key: ["route"],
  body: "json",
  sequence: { deduplicate: false },
  control: control({ login: "connector.door.enter", timeout: "60s" }),
});

export const internal = layout(big, {
  userId: u64(role.userId()),
  sequence: u32(role.sequence()),
  clientIp: text("u8", role.clientIp()),
});
