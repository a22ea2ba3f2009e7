/** The `nats` bus when NATS refuses, is killed, stands still, or carries what is not ours. */
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterEach, describe, expect, it } from "vitest";
import { BusError } from "../../../runtime/bus/bus-error.js";
import { joinNats } from "../../../runtime/bus/nats-bus.js";
import { encodeNotice, PacketKind } from "../../../runtime/bus/packet.js";
import type { NatsConfiguration } from "../../../runtime/operate/bus-configuration.js";
import { createLog } from "../../../runtime/operate/log.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { type NatsServer, type NatsServerOptions, startNatsServer } from "../../support/nats-server.js";
import { until } from "./conformance.js";
import { pass } from "./drivers.js";
import { Member } from "./member.js";

const LINK_BYTES = 1024 * 1024;
const PREFIX = "faults";

describe("the nats bus", { timeout: 120_000 }, () => {
  let server: NatsServer;
  let incarnation = 100;
  const members: Member[] = [];

  const open = async (options: NatsServerOptions = {}) => {
    server = await startNatsServer(options);
  };
  const join = async (id: string, more: Partial<NatsConfiguration> = {}) => {
    const member = new Member(id);
    const configuration = {
      driver: "nats",
      servers: server.url,
      prefix: PREFIX,
      beat: 500,
      window: 20_000,
      ...more,
    } as const;
    const self = { id, incarnation: ++incarnation };
    const log = createLog("silent");
    const options = { self, receiver: member, timing: processTiming, log, linkBytes: LINK_BYTES, prefix: PREFIX };
    member.bus = await joinNats({ ...options, configuration });
    members.push(member);
    member.announce("here");
    return member;
  };
  const pair = async () => {
    const [a, b] = await Promise.all([join("a-1"), join("b-1")]);
    await until({ pass }, () => a.present.has("b-1") && b.present.has("a-1"));
    await exchange(a, b, "hello");
    return [a, b] as const;
  };
  /** One frame each way, as soon as the links take them. */
  const exchange = async (a: Member, b: Member, text: string) => {
    await until({ pass }, () => a.send(b.id, text));
    await until({ pass }, () => b.send(a.id, text));
    await until({ pass }, () => a.framesOf(b.id).includes(text) && b.framesOf(a.id).includes(text));
  };

  afterEach(async () => {
    for (const member of members.splice(0)) await member.bus.close();
    await server.stop();
  });

  it("is only for those whom NATS knows, and says what is wrong", async () => {
    await open({ configuration: 'authorization { user: "chat", password: "of the cluster" }' });
    const where = `bus: NATS at ${server.url}`;
    const refused = (more: Partial<NatsConfiguration>) =>
      join("a-1", more).catch((error: unknown) => {
        expect(error).toBeInstanceOf(BusError);
        return (error as Error).message;
      });
    expect(await refused({})).toContain(`${where} wants to know who this is: bus.user and password`);
    expect(await refused({ user: "chat", password: "guessed" })).toContain(
      `${where} refuses these credentials (bus.user)`,
    );
    const [a, b] = await Promise.all(
      ["a-1", "b-1"].map((id) => join(id, { user: "chat", password: "of the cluster" })),
    );
    await until({ pass }, () => a!.present.has("b-1") && b!.present.has("a-1"));
    await exchange(a!, b!, "among ourselves");
  });

  it("is not for those who may not use its subjects", async () => {
    await open({
      configuration:
        'authorization { users: [{ user: "chat", password: "secret", permissions: { publish: ["other.>", "_INBOX.>"] } }] }',
    });
    const error = await join("a-1", { user: "chat", password: "secret" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusError);
    expect((error as Error).message).toMatch(/subjects faults\.>: .*permission/i);
  });

  it("takes nothing while NATS is gone, says what was lost, and goes on by itself when it is back", async () => {
    await open();
    const [a, b] = await pair();
    for (const round of [1, 2]) {
      await server.kill();
      await until({ pass }, () => !a.send("b-1", "too late") && !b.send("a-1", "too late"));
      for (const [one, peer] of [
        [a, "b-1"],
        [b, "a-1"],
      ] as const) {
        expect(one.events.filter((event) => event === `gap of ${peer}`).length).toBeGreaterThanOrEqual(round);
      }
      await server.start();
      await exchange(a, b, `round ${round}`);
      expect(a.bus.counters.reconnects).toBeGreaterThanOrEqual(round);
    }
    expect([...a.events, ...b.events].filter((event) => /left|evicted/.test(event))).toEqual([]);
    for (const frames of [a.framesOf("b-1"), b.framesOf("a-1")]) {
      expect(frames.filter((text) => text !== "too late")).toEqual(["hello", "round 1", "round 2"]);
    }
  });

  it("says what was lost afterwards, when it is found out in the middle of sending", async () => {
    await open();
    const [a, b] = await pair();
    const connection = Reflect.get(Reflect.get(a.bus, "wire") as object, "connection") as NatsConnection;
    connection.publish = () => {
      throw new Error("closed");
    };
    // Large enough to be published at its end.
    expect(a.send("b-1", "x".repeat(100_000))).toBe(true);
    expect(a.has("gap of b-1")).toBe(false);
    await until({ pass }, () => a.has("gap of b-1"));
    await exchange(a, b, "again");
    expect(b.framesOf("a-1")).toEqual(["hello", "again"]);
  });

  it("refuses what is beyond a link's bound while NATS stands still, and loses nothing of what it took", async () => {
    await open();
    const [a, b] = await pair();
    server.pause();
    const frame = (index: number) => `${index} ${"x".repeat(20_000)}`;
    const taken: string[] = [];
    for (let turn = 0; turn < 300; turn++) {
      while (a.send("b-1", frame(taken.length))) taken.push(frame(taken.length));
      await pass();
    }
    expect(a.send("b-1", frame(0))).toBe(false);
    // What one link may hold, and what the system and NATS had taken before they were asked.
    expect(taken.length * 20_000).toBeLessThan(8 * LINK_BYTES);
    expect(a.send("a-1", "to oneself")).toBe(true);
    server.resume();
    await until({ pass }, () => b.framesOf("a-1").length > taken.length);
    expect(b.framesOf("a-1").slice(1)).toEqual(taken);
    await exchange(a, b, "again");
    expect([...a.events, ...b.events].filter((event) => /gap|left|evicted/.test(event))).toEqual([]);
  });

  it("counts and drops what others publish under its subjects", async () => {
    await open();
    const [a, b] = await pair();
    const stranger = await connect({ servers: server.url });
    const own = `${PREFIX}.${a.address.incarnation}`;
    const before = a.bus.counters.faults;
    const garbage = [
      Buffer.from("hello, is anybody there? this is long enough for a header"),
      Buffer.from([1, 2, 3]),
      Buffer.alloc(16),
      // A notice whose body is none.
      Buffer.concat([encodeNotice(PacketKind.RECORD, {}, 7), Buffer.alloc(40, 0xff)]),
      // Frames from nobody.
      Buffer.concat([header(PacketKind.FRAMES, 77), Buffer.alloc(64, 0xff)]),
      // Frames that are none, in the name of somebody known: what follows is a gap, and whole.
      Buffer.concat([header(PacketKind.FRAMES, b.address.incarnation), Buffer.alloc(64, 0xff)]),
    ];
    for (const message of garbage) {
      stranger.publish(own, message);
      stranger.publish(`${PREFIX}.all`, message);
    }
    await stranger.flush();
    await until({ pass }, () => a.bus.counters.faults >= before + 2 * garbage.length);
    await until({ pass }, () => a.has("gap of b-1"));
    await exchange(a, b, "undisturbed");
    await stranger.close();
    expect([...a.present.keys()].sort()).toEqual(["a-1", "b-1"]);
    expect([...a.events, ...b.events].filter((event) => /left|evicted/.test(event))).toEqual([]);
  });

  it("splits what is larger than one message of this NATS may be", async () => {
    await open({ configuration: "max_payload: 8192" });
    const [a, b] = await pair();
    const texts = [10, 8_192, 100_000, 1, 30_000].map((size, index) => String(index).repeat(size));
    for (const text of texts) expect(a.send("b-1", text)).toBe(true);
    await until({ pass }, () => b.framesOf("a-1").length > texts.length);
    expect(b.framesOf("a-1").slice(1)).toEqual(texts);
  });

  /** A packet's first 16 bytes, of a kind and an incarnation, with a number that is not the next. */
  function header(kind: number, from: number): Buffer {
    const bytes = Buffer.from(encodeNotice(kind, {}, from).subarray(0, 16));
    bytes.writeUInt32LE(1_000_000, 8);
    return bytes;
  }
});
