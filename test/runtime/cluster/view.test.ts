import { describe, expect, it } from "vitest";
import { recordBytes } from "../../../runtime/cluster/server-record.js";
import { directory, tables } from "./directory.js";

const ids = (peers: Iterable<{ id: string }>) => [...peers].map(({ id }) => id);

describe("View", () => {
  it("knows the ready servers of a type in an order that everybody computes alike", () => {
    const { view, announce, type } = directory();
    for (const id of ["work-10", "work-2", "rooms-1", "work-1"]) announce(id);
    expect(ids(view.ready(type("work").index))).toEqual(["work-1", "work-10", "work-2"]);
    expect(ids(view.ready(type("rooms").index))).toEqual(["rooms-1"]);
    expect(ids(view.ready(type("turn").index))).toEqual([]);
  });

  it("gives no work to servers that are starting or draining, and knows them all the same", () => {
    const { view, announce, type } = directory();
    announce("work-1", { state: "starting" });
    announce("work-2", { state: "draining" });
    expect(ids(view.ready(type("work").index))).toEqual([]);
    expect(ids(view.all())).toEqual(["work-1", "work-2"]);
    announce("work-1");
    expect(ids(view.ready(type("work").index))).toEqual(["work-1"]);
    expect(view.named("work-2")?.state).toBe("draining");
  });

  it("counts a version for what changes the choice of servers, and none for a load", () => {
    const { view, announce, leave } = directory();
    let told = 0;
    view.onChange(() => told++);
    announce("work-1", { state: "starting" });
    announce("work-1");
    const { version } = view;
    announce("work-1", { load: 7 });
    expect(view.version).toBe(version);
    expect(view.named("work-1")?.load).toBe(7);
    leave("work-1");
    expect(view.version).toBe(version + 1);
    expect(told).toBe(3);
  });

  it("forgets a server that left for good, and says so of its handle", () => {
    const { view, announce, leave } = directory();
    announce("work-1");
    const peer = view.named("work-1")!;
    expect(view.peer(peer.incarnation)).toBe(peer);
    expect(leave("work-1")).toBe(peer);
    expect(peer.alive).toBe(false);
    expect(view.named("work-1")).toBeUndefined();
    expect(view.peer(peer.incarnation)).toBeUndefined();
    expect(view.left({ id: "work-1", incarnation: peer.incarnation })).toBeUndefined();
  });

  it("keeps a restarted server apart from its earlier incarnation", () => {
    const { view, type } = directory();
    const { schemaHash, version } = tables.manifest;
    const schema = { schemaHash, version, lineage: new Uint8Array() };
    const record = {
      type: "work",
      number: 1,
      state: "ready",
      ...schema,
      load: 0,
      frontend: false,
      listeners: [],
    } as const;
    view.announced({ id: "work-1", incarnation: 1 }, recordBytes(record));
    view.announced({ id: "work-1", incarnation: 2 }, recordBytes(record));
    view.left({ id: "work-1", incarnation: 1 });
    expect(view.named("work-1")?.incarnation).toBe(2);
    expect(view.ready(type("work").index)).toHaveLength(1);
  });

  it("takes a server of a type it does not know, for nothing", () => {
    const { view, announce } = directory();
    expect(announce("stranger-1")).toBe(true);
    expect(view.named("stranger-1")?.typeIndex).toBe(-1);
  });

  it("leaves alone a server whose schema has nothing to do with its own, and says so once", () => {
    const { view, announce, leave, type, strangers } = directory();
    const foreign = { schemaHash: "ffffffffffffffff", version: 9, lineage: Uint8Array.from({ length: 16 }, () => 7) };
    expect(announce("work-1", { ...foreign, state: "starting" })).toBe(true);
    expect(announce("work-1", foreign)).toBe(true);
    expect(strangers).toEqual(["work-1 ffffffffffffffff"]);
    expect(ids(view.ready(type("work").index))).toEqual([]);
    expect(ids(view.all())).toEqual([]);
    expect([view.named("work-1"), view.peer(1), leave("work-1")]).toEqual([undefined, undefined, undefined]);
    // It comes back with a schema that is understood.
    announce("work-1");
    expect(ids(view.ready(type("work").index))).toEqual(["work-1"]);
    expect(strangers).toHaveLength(1);
  });

  it("takes a newer server that understands its schema, as one of many", () => {
    const { view, announce, type, strangers } = directory();
    const lineage = Buffer.from(`1111111111111111${tables.manifest.schemaHash}2222222222222222`, "hex");
    announce("work-1", { schemaHash: "eeeeeeeeeeeeeeee", version: 4, lineage });
    expect(ids(view.ready(type("work").index))).toEqual(["work-1"]);
    expect(strangers).toEqual([]);
  });

  it("gives what began in a version to the servers that have it", () => {
    const { view, announce, leave, type } = directory();
    const { index } = type("work");
    announce("work-1", { version: 2 });
    announce("work-2", { version: 3 });
    announce("work-3", { version: 4 });
    const since = (version: number) => ids(view.ready(index, version));
    expect([since(0), since(2)]).toEqual([ids(view.ready(index)), ["work-1", "work-2", "work-3"]]);
    expect([since(3), since(4), since(5)]).toEqual([["work-2", "work-3"], ["work-3"], []]);
    leave("work-3");
    expect([since(3), since(4)]).toEqual([["work-2"], []]);
    announce("work-1", { version: 2, state: "draining" });
    expect(view.ready(index, 3)).toBe(view.ready(index));
  });

  it("refuses a record that does not decode", () => {
    const { view } = directory();
    expect(view.announced({ id: "work-1", incarnation: 1 }, Buffer.from([0xff, 0xff, 0xff]))).toBe(false);
    expect(ids(view.all())).toEqual([]);
  });
});
