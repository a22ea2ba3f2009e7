import { connector as connectorType, request } from "gatesmith/schema";

/** Holds the clients' connections. */
export const connector = connectorType("connector", {
  typeId: 102,
  handlers: {
    entry: {
      /** Enter a room under a name nobody there has. */
      enter: request(1101, "chat.EnterRequest", "chat.EnterResponse", { public: true }),
    },
  },
});
