/** QQ-journey's gateway manager, to which gateways connect: a type and a length, little-endian, and bytes nobody looks into. */
import { connector, defineSchema, gate, layout, none, notify, protocol, push, raw, role, u32 } from "gatesmith/schema";

const header = layout(
  { byteOrder: "little" },
  {
    type: u32(role.messageId()),
    dataLength: u32(role.length({ counts: "body" })),
  },
);

const manager = protocol({ request: header, response: header, body: "raw", control: none() });

export default defineSchema({
  name: "journey",
  version: 1,
  protos: "./*.proto",
  protocols: { manager },
  internal: layout({}, {}),
  session: "journey.Gateway",
  servers: [
    gate("gate", { typeId: 1 }),
    connector("manager", {
      typeId: 2,
      handlers: {
        gateway: {
          clientJoin: notify(0, raw(), { public: true }),
          clientDisconnected: notify(1, raw(), { public: true }),
          message: notify(2, raw(), { public: true }),
          ping: notify(3, raw(), { public: true }),
        },
      },
      pushes: {
        onMessage: push(0, raw()),
        onMessageToAll: push(1, raw()),
        onDropped: push(2, raw()),
        /** What was to be sent is thrown away. */
        onDroppedDiscard: push(3, raw()),
        onShutdown: push(4, raw()),
      },
    }),
  ],
});
