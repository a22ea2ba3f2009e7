/** pomelo's package with its message header inside: routes by name, or by a code where client and server have a dictionary. */
import {
  backend,
  bit,
  bits,
  bodyField,
  connector,
  defineSchema,
  gate,
  layout,
  none,
  notify,
  protocol,
  push,
  request,
  reserved,
  role,
  text,
  u8,
  u16,
  u24,
  uid,
  varint,
} from "gatesmith/schema";

/** The package that carries a message. The others, 1 handshake, 2 ack, 3 heartbeat and 5 kick, have a body only. */
const DATA = 4;
const kinds = { request: 0, notify: 1, response: 2, push: 3 };

const message = layout(
  { byteOrder: "big" },
  {
    packet: u8({ initial: DATA }),
    length: u24(role.length({ counts: "rest" })),
    flag: bits(
      { first: "lowest", when: { packet: DATA } },
      { byCode: bit(1), kind: bit(3, role.kind(kinds)), gzip: bit(1, role.compressed()), unused: bit(3, reserved()) },
    ),
    id: varint(role.sequence(), { when: { kind: [kinds.request, kinds.response] } }),
    code: u16(role.route(), { when: { byCode: 1, kind: { not: kinds.response } } }),
    route: text("u8", role.route(), { when: { byCode: 0, kind: { not: kinds.response } } }),
  },
);

const pomelo = protocol({ request: message, response: message, key: ["route"], body: "json", control: none() });

export default defineSchema({
  name: "pomelo",
  version: 1,
  protos: "./*.proto",
  protocols: { pomelo },
  internal: layout({}, {}),
  servers: [
    gate("gate", { typeId: 1 }),
    connector("connector", {
      typeId: 2,
      handlers: {
        entryHandler: {
          enter: request(1, "pomelo.Enter", "pomelo.Entered", { public: true, failure: bodyField("code") }),
        },
      },
    }),
    backend("chat", {
      typeId: 3,
      routeBy: uid(),
      handlers: {
        chatHandler: {
          send: request(2, "pomelo.Line", "pomelo.Sent", { failure: bodyField("code") }),
          typing: notify(3, "pomelo.Line"),
        },
      },
      pushes: { onChat: push(4, "pomelo.Line") },
    }),
  ],
});
