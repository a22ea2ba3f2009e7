/** Legend of Mir's LoginGate towards its server: text frames, `%A<socket>/<data>$`, ended by `$` and a zero byte or by `$0`. */
import {
  char,
  connector,
  decimal,
  defineSchema,
  gate,
  layout,
  none,
  notify,
  protocol,
  push,
  raw,
  role,
} from "gatesmith/schema";

function frames(end: string) {
  const header = layout(
    { start: "%", end },
    {
      /** `A` data, `0` a new session, `X` one that is closed. */
      what: char(role.messageId()),
      /** Which client of the gate it is about. */
      socket: decimal("/"),
    },
  );
  return protocol({ request: header, response: header, body: "raw", control: none() });
}

const code = (letter: string) => letter.charCodeAt(0);

export default defineSchema({
  name: "mir",
  version: 1,
  protos: "./*.proto",
  protocols: { byZero: frames("$\0"), byDigit: frames("$0") },
  internal: layout({}, {}),
  session: "mir.Gate",
  servers: [
    gate("gate", { typeId: 1 }),
    connector("login", {
      typeId: 2,
      handlers: {
        gate: {
          opened: notify(code("0"), raw(), { public: true }),
          data: notify(code("A"), raw(), { public: true }),
          closed: notify(code("X"), raw(), { public: true }),
        },
      },
      pushes: { onData: push(code("A"), raw()) },
    }),
  ],
});
