import {
  backend,
  connector as connectorType,
  gate as gateType,
  leastLoaded,
  notify,
  push,
  request,
  uid,
} from "gatesmith/schema";

/** A schema has one; the bench knows the connector's address and starts none. */
export const gate = gateType("gate", { typeId: 101, choose: leastLoaded() });

export const connector = connectorType("connector", {
  typeId: 102,
  handlers: {
    entry: {
      /** Binds the session to a user, as a login does. */
      enter: request(1101, "bench.EnterRequest", "bench.EnterResponse", { public: true }),
    },
    echo: {
      /** Answered on the connector with the line it is given. */
      hit: request(1102, "bench.Line", "bench.Line", { public: true }),
    },
  },
});

export const work = backend("work", {
  typeId: 103,
  routeBy: uid(),
  handlers: {
    echo: {
      /** Answered by the backend with the line it is given. */
      hit: request(2001, "bench.Line", "bench.Line"),
    },
    fan: {
      /** Joins the channel that is published to. */
      join: request(2002, "bench.JoinRequest", "bench.JoinResponse"),
      /** Lets publishing go on. */
      ack: notify(2003, "bench.Ack"),
    },
  },
  pushes: {
    onTick: push(2101, "bench.Line"),
  },
});
