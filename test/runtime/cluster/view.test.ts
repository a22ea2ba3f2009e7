import { describe, expect, it } from "vitest";
import { directory } from "./directory.js";

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
    const record = { type: "work", number: 1, state: "ready", schemaHash: "", load: 0, listeners: [] } as const;
    view.announced({ id: "work-1", incarnation: 1 }, view.encode(record));
    view.announced({ id: "work-1", incarnation: 2 }, view.encode(record));
    view.left({ id: "work-1", incarnation: 1 });
    expect(view.named("work-1")?.incarnation).toBe(2);
    expect(view.ready(type("work").index)).toHaveLength(1);
  });

  it("takes a server of a type it does not know, for nothing", () => {
    const { view, announce } = directory();
    expect(announce("stranger-1")).toBe(true);
    expect(view.named("stranger-1")?.typeIndex).toBe(-1);
  });

  it("refuses a record that does not decode", () => {
    const { view } = directory();
    expect(view.announced({ id: "work-1", incarnation: 1 }, Buffer.from([0xff, 0xff, 0xff]))).toBe(false);
    expect(ids(view.all())).toEqual([]);
  });
});
