import {
  backend,
  cron,
  every,
  leastLoaded,
  messageField,
  notify,
  push,
  request,
  roundRobin,
  rpc,
  server,
  sessionData,
  uid,
} from "gatesmith/schema";

/** A route for every option, a push for every overflow rule. */
export const work = backend("work", {
  typeId: 20,
  routeBy: uid(),
  handlers: {
    jobs: {
      ask: request(2001, "lab.Text", "lab.Text", { timeout: "1s" }),
      tell: notify(2002, "lab.Text", { timeout: "1s" }),
      open: request(2003, "lab.Text", "lab.Text", { public: true }),
      rated: request(2004, "lab.Text", "lab.Text", { rate: { perSecond: 2, burst: 3 } }),
      dropped: notify(2005, "lab.Text", { rate: { perSecond: 2, burst: 2, over: "drop" } }),
      refused: notify(2006, "lab.Text", { rate: "1/s" }),
      small: request(2007, "lab.Text", "lab.Text", { maxBytes: 32 }),
      alone: request(2008, "lab.Text", "lab.Text", { order: "route", timeout: "1s" }),
      other: request(2009, "lab.Text", "lab.Text", { order: "route", timeout: "1s" }),
      free: request(2010, "lab.Text", "lab.Text", { order: "none", timeout: "1s" }),
    },
  },
  pushes: {
    onText: push(2101, "lab.Text"),
    onDrop: push(2102, "lab.Text", { overflow: "drop" }),
    onLatest: push(2103, "lab.Text", { overflow: "latest" }),
  },
  remotes: {
    jobs: { call: rpc("lab.Text", "lab.Text", { timeout: "1s" }) },
  },
  schedules: {
    // Tests that want them more often change the manifest.
    clock: {
      /** Once a day, on one server. */
      beat: every("24h", { timeout: "10s" }),
      each: every("24h", { on: "each", overlap: "queue" }),
      night: cron("0 4 * * *"),
    },
  },
});

/** One type for each rule by which a server is found; each says where it was called. */
const where = { timeout: "1s" } as const;

export const rooms = backend("rooms", {
  typeId: 21,
  routeBy: sessionData("room"),
  handlers: { here: { where: request(2201, "lab.Text", "lab.Text", where) } },
  remotes: { here: { find: rpc("lab.Text", "lab.Text", where) } },
});

export const pinned = backend("pinned", {
  typeId: 22,
  routeBy: server("home"),
  handlers: { here: { where: request(2301, "lab.Text", "lab.Text", where) } },
  remotes: { here: { find: rpc("lab.Text", "lab.Text", where) } },
});

export const keyed = backend("keyed", {
  typeId: 23,
  routeBy: messageField("key"),
  handlers: { here: { where: request(2401, "lab.Text", "lab.Text", where) } },
  remotes: { here: { find: rpc("lab.Text", "lab.Text", where) } },
});

export const turn = backend("turn", {
  typeId: 24,
  routeBy: roundRobin(),
  handlers: { here: { where: request(2501, "lab.Text", "lab.Text", where) } },
  remotes: { here: { find: rpc("lab.Text", "lab.Text", where) } },
});

export const least = backend("least", {
  typeId: 25,
  routeBy: leastLoaded(),
  handlers: { here: { where: request(2601, "lab.Text", "lab.Text", where) } },
  remotes: { here: { find: rpc("lab.Text", "lab.Text", where) } },
});
