/** TeamTalk's PDU: sixteen bytes, big-endian, the same both ways. */
import { constant, control, echo, id, layout, protocol, push, reserved, role, text, u16, u32 } from "gatesmith/schema";

const pdu = layout(
  { byteOrder: "big" },
  {
    length: u32(role.length({ counts: "frame" })),
    /** Old clients say 6, new ones 1: nobody looks. */
    version: u16(constant(1, { onRead: "ignore" })),
    flag: u16(),
    service: u16(role.service()),
    command: u16(role.messageId()),
    seq: u16(role.sequence()),
    reserved: u16(reserved()),
  },
);

export const teamtalk = protocol({
  request: pdu,
  response: pdu,
  key: ["service", "messageId"],
  sequence: { push: 0, deduplicate: false },
  control: control({
    heartbeat: echo(id(7, 0x0701)),
    kick: push(id(1, 0x0107), "IM.Login.IMKickUser"),
    login: "connector.login.login",
    timeout: "120s",
  }),
});

export const internal = layout(
  { byteOrder: "big" },
  { user: u32(role.userId()), seq: u16(role.sequence()), ip: text("u8", role.clientIp()) },
);
