import { gate as gateType, leastLoaded, request } from "gatesmith/schema";

/** Tells a client which connector to use. */
export const gate = gateType("gate", {
  typeId: 101,
  choose: leastLoaded(),
  handlers: {
    entry: {
      /** Where to connect. The same answer as `GET /entry?uid=` over HTTP. */
      query: request(1001, "chat.EntryRequest", "chat.EntryResponse", { public: true }),
    },
  },
});
