import {
  connector as connectorType,
  gate as gateType,
  hash,
  leastLoaded,
  notify,
  push,
  request,
  roundRobin,
  rpc,
} from "gatesmith/schema";

/** One gate for each rule by which a connector is chosen. */
export const gate = gateType("gate", {
  typeId: 1,
  choose: hash(),
  handlers: { entry: { query: request(1001, "lab.Text", "lab.Text", { public: true }) } },
});
export const leastGate = gateType("leastGate", { typeId: 2, choose: leastLoaded() });
export const turnGate = gateType("turnGate", { typeId: 3, choose: roundRobin() });

export const connector = connectorType("connector", {
  typeId: 10,
  handlers: {
    login: {
      /** Sets the session's data, and binds it unless the uid is empty. */
      enter: request(1101, "lab.Enter", "lab.Nothing", { public: true }),
      leave: request(1102, "lab.Nothing", "lab.Nothing"),
    },
    own: {
      ask: request(1111, "lab.Text", "lab.Text", { public: true, timeout: "1s" }),
      tell: notify(1112, "lab.Text", { public: true, timeout: "1s" }),
    },
  },
  pushes: {
    onOwn: push(1201, "lab.Text"),
  },
  remotes: {
    own: { call: rpc("lab.Text", "lab.Text", { timeout: "1s" }) },
  },
});
