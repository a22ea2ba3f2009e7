import {
  backend,
  connector as connectorType,
  gate as gateType,
  hash,
  push,
  request,
  rpc,
  sessionData,
} from "gatesmith/schema";

export const gate = gateType("gate", {
  typeId: 1,
  choose: hash(),
  handlers: {
    entry: {
      /** Where a client of a protocol finds its connector. */
      query: request(1001, "harbor.Entry", "harbor.Address", { public: true }),
    },
  },
});

export const connector = connectorType("connector", {
  typeId: 2,
  handlers: {
    pier: {
      /** Sets the ship's name and its dock, and enters the dock. */
      moor: request(2001, "harbor.Ship", "harbor.Names", { public: true }),
      /** Says what it was told. */
      echo: request(2002, "harbor.Text", "harbor.Text", { public: true }),
      /** Who the connector takes the client for. */
      who: request(2003, "harbor.Nothing", "harbor.Identity", { public: true }),
    },
  },
});

export const dock = backend("dock", {
  typeId: 3,
  routeBy: sessionData("dock"),
  handlers: {
    quay: {
      /** Says something to every ship at the dock. */
      call: request(3001, "harbor.Text", "harbor.Nothing"),
      /** Who the dock takes the client for. */
      who: request(3002, "harbor.Nothing", "harbor.Identity"),
      /** Pushes so many loads of so many bytes to the caller, by the rule it names. */
      unload: request(3003, "harbor.Order", "harbor.Nothing"),
      /** Answers with so many bytes. */
      fetch: request(3004, "harbor.Order", "harbor.Load"),
      /** Waits until the ship has left. */
      wait: request(3005, "harbor.Nothing", "harbor.Nothing"),
    },
  },
  pushes: {
    onCall: push(3101, "harbor.Call"),
    onMoored: push(3102, "harbor.Ship"),
    onLeft: push(3103, "harbor.Ship"),
    onLoad: push(3111, "harbor.Load"),
    onDrop: push(3112, "harbor.Load", { overflow: "drop" }),
    onLatest: push(3113, "harbor.Load", { overflow: "latest" }),
  },
  remotes: {
    quay: { enter: rpc("harbor.Ship", "harbor.Names") },
  },
});
