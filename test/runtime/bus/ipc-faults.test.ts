/** The `ipc` bus among strangers, over connections that break, and with peers that do not read. */
import { createHmac } from "node:crypto";
import { chmodSync, chownSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BusError, DuplicateServerError } from "../../../runtime/bus/bus-error.js";
import { joinIpc } from "../../../runtime/bus/ipc-bus.js";
import { greeting, newNonce } from "../../../runtime/bus/ipc-handshake.js";
import { encodeNotice, PacketKind } from "../../../runtime/bus/packet.js";
import { processTiming } from "../../../runtime/operate/process-timing.js";
import { type LogLine, memoryLog } from "../lab/memory-log.js";
import { until } from "./conformance.js";
import { pass, SECRET, temporaryFolder } from "./drivers.js";
import { Member } from "./member.js";

const LINK_BYTES = 1024 * 1024;

describe("the ipc bus", { timeout: 60_000 }, () => {
  let folder: string;
  let incarnation = 100;
  const members: Member[] = [];
  const sockets: Socket[] = [];
  const logs = new Map<string, readonly LogLine[]>();

  const start = async (id: string, secret = SECRET, settings: { window?: number } = {}) => {
    const member = new Member(id);
    const { log, lines } = memoryLog();
    logs.set(id, lines);
    const configuration = { driver: "ipc", folder, secret, beat: 500, window: 10_000, ...settings } as const;
    const self = { id, incarnation: ++incarnation };
    member.bus = await joinIpc({
      self,
      receiver: member,
      timing: processTiming,
      log,
      linkBytes: LINK_BYTES,
      configuration,
    });
    members.push(member);
    member.announce("here");
    return member;
  };
  const pair = async (settings = {}) => {
    const [a, b] = await Promise.all([start("a-1", SECRET, settings), start("b-1", SECRET, settings)]);
    await until({ pass }, () => a.present.has("b-1") && b.present.has("a-1"));
    return [a, b] as const;
  };
  const socketOf = ({ address }: Member) => join(folder, `${address.id}.${address.incarnation}.sock`);
  /** A connection to a member's socket, by somebody who is none of them. */
  const dial = async (member: Member) => {
    const socket = connect(socketOf(member));
    sockets.push(socket);
    socket.on("error", () => {});
    await new Promise((connected) => socket.once("connect", connected));
    return socket;
  };
  const ended = (socket: Socket) => new Promise<void>((closed) => socket.once("close", () => closed()));
  const refusals = (id: string) => logs.get(id)!.filter(({ msg }) => msg === "a connection to the bus was refused");

  const taken = (id: string) =>
    logs.get(id)!.filter(({ msg }) => msg.startsWith("this server's socket was taken away"));
  const failures = (id: string) =>
    logs.get(id)!.filter(({ msg }) => msg.startsWith("the folder of the servers' sockets"));

  beforeEach(() => {
    folder = temporaryFolder();
  });

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const member of members.splice(0)) await member.bus.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe("refuses, counts and logs", () => {
    it("a server with another secret, on both sides, and works on without it", async () => {
      const [a, b] = await pair();
      const stranger = await start("c-1", "another secret, long enough");
      await until({ pass }, () => [a, b, stranger].every(({ bus }) => bus.counters.unauthenticated > 0));
      await until({ pass }, () => stranger.present.has("c-1"));
      expect(stranger.present.size).toBe(1);
      expect([a, b].map(({ present }) => present.has("c-1"))).toEqual([false, false]);
      // As soon as it has found the other's socket.
      const why = "who listens at the socket of c-1 has another secret";
      await until({ pass }, () => logs.get("a-1")!.some(({ peer, reason }) => peer === "c-1" && reason === why));
      const refusal = { reason: "it calls itself c-1, and does not know the secret" };
      await until({ pass }, () => refusals("a-1").length > 0);
      expect(refusals("a-1")[0]).toMatchObject(refusal);
      expect(a.send("b-1", "among ourselves")).toBe(true);
      await until({ pass }, () => b.framesOf("a-1").length === 1);
    });

    it("servers with another secret, many of them, in one line on either side", async () => {
      await Promise.all(["a-1", "a-2", "a-3"].map((id) => start(id)));
      const stranger = await start("c-1", "another secret, long enough");
      const { counters } = stranger.bus;
      // It has found all of them, and they have found it.
      await until({ pass }, () => counters.unauthenticated >= 3 && refusals("c-1").length > 0);
      const { unauthenticated } = counters;
      await until({ pass }, () => counters.unauthenticated >= unauthenticated + 6);
      const about = logs.get("c-1")!.filter(({ msg }) => msg === "a server is not listened to");
      expect([about.length, refusals("c-1").length]).toEqual([1, 1]);
    });

    it.each<[string, (socket: Socket, member: Member) => void, RegExp]>([
      ["what is no packet", (socket) => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), /does not speak/],
      ["more than a greeting can be", (socket) => socket.write(Buffer.alloc(4_096)), /more than who it is/],
      ["a notice that is no greeting", (socket) => socket.write(encodeNotice(PacketKind.LEAVE, {})), /does not speak/],
      [
        "a greeting whose name is none",
        (socket) => socket.write(greeting({ id: "../../etc", incarnation: 7 }, false, newNonce())),
        /does not speak/,
      ],
      [
        "a greeting without a proof behind it",
        (socket) => {
          socket.write(greeting({ id: "b-1", incarnation: 7 }, false, newNonce()));
          const proof = createHmac("sha256", "a guess").update("anything").digest();
          socket.once("data", () => socket.write(encodeNotice(PacketKind.PROOF, { proof })));
        },
        /calls itself b-1, and does not know the secret/,
      ],
    ])("a connection that says %s", async (_, say, reason) => {
      const a = await start("a-1");
      const socket = await dial(a);
      const end = ended(socket);
      socket.on("data", () => {});
      say(socket, a);
      await end;
      await until({ pass }, () => refusals("a-1").length === 1);
      expect(a.bus.counters.unauthenticated).toBe(1);
      expect(refusals("a-1")[0]).toMatchObject({ reason: expect.stringMatching(reason) });
      expect([...a.present.keys()]).toEqual(["a-1"]);
    });

    it("nobody who goes before it has said who it is: a server does whose id is another's, or that is stopped while it joins", async () => {
      const [a, b] = await pair();
      const silent = await dial(a);
      const greeted = await dial(a);
      greeted.write(greeting({ id: "c-1", incarnation: 7 }, true, newNonce()));
      await new Promise((challenged) => greeted.once("data", challenged));
      const left = [silent, greeted].map(ended);
      for (const socket of [silent, greeted]) socket.destroy();
      await Promise.all(left);
      for (let round = 0; round < 10; round++) await expect(start("b-1")).rejects.toThrow(DuplicateServerError);
      const waiting = await dial(a);
      const closed = ended(waiting.resume());
      await until({ pass }, () => strangersOf(a) > 0);
      await a.bus.close();
      await closed;
      await pass();
      expect([a, b].map(({ bus }) => bus.counters.unauthenticated)).toEqual([0, 0]);
      expect([...refusals("a-1"), ...refusals("b-1")]).toEqual([]);
    });

    it("more connections than it waits for at a time, and hears its peers meanwhile", async () => {
      const [a, b] = await pair();
      const strangers = await Promise.all(Array.from({ length: 70 }, () => dial(a)));
      await until({ pass }, () => strangers.filter(({ destroyed }) => destroyed).length >= 6);
      expect(a.bus.counters.unauthenticated).toBeGreaterThanOrEqual(6);
      expect(refusals("a-1")[0]).toMatchObject({ reason: "64 connections have not said yet who they are" });
      expect(b.send("a-1", "through")).toBe(true);
      await until({ pass }, () => a.framesOf("b-1").length === 1);
    });
  });

  it("drops what an authenticated peer says that is not what servers say, and hears it again afterwards", async () => {
    const [a, b] = await pair();
    const { faults } = a.bus.counters;
    outletOf(b, a).write(Buffer.from("this is no packet, and long enough to be seen as none"));
    await until({ pass }, () => a.bus.counters.faults > faults);
    // What is taken before the other side has noticed is lost.
    await until({ pass }, () => b.send("a-1", "again") && a.framesOf("b-1").includes("again"));
    expect(a.has("b-1 left") || b.has("a-1 left")).toBe(false);
    expect(logs.get("a-1")).toContainEqual(
      expect.objectContaining({ peer: "b-1", msg: "a server is not listened to" }),
    );
  });

  it("goes on when the system cannot accept a connection", async () => {
    const [a] = await pair();
    const server = Reflect.get(Reflect.get(a.bus, "listener") as object, "server") as Server;
    for (let count = 0; count < 3; count++) server.emit("error", new Error("accept ENFILE"));
    expect(logs.get("a-1")!.filter(({ msg }) => msg === "the bus's socket failed")).toHaveLength(3);
    await start("c-1");
    await until({ pass }, () => a.present.has("c-1"));
  });

  it("makes a connection that breaks anew, again and again, and tells both ends that something may be lost", async () => {
    const [a, b] = await pair();
    for (let round = 1; round <= 5; round++) {
      outletOf(a, b).destroy();
      await until({ pass }, () => b.bus.counters.reconnects >= round);
      await until({ pass }, () => a.send("b-1", `round ${round}`));
      await until({ pass }, () => b.send("a-1", `round ${round}`));
      await until({ pass }, () => [a, b].every((one) => [...one.frames.values()].flat().includes(`round ${round}`)));
    }
    for (const [member, peer] of [
      [a, "b-1"],
      [b, "a-1"],
    ] as const) {
      expect(member.events.filter((event) => event === `gap of ${peer}`).length).toBeGreaterThanOrEqual(5);
      expect(member.has(`${peer} left`)).toBe(false);
      // In order, each once.
      expect(member.framesOf(peer)).toEqual([...new Set(member.framesOf(peer))]);
    }
  });

  it("takes away the socket of somebody who is gone, and does not mind what else is in the folder", async () => {
    writeFileSync(join(folder, "README.txt"), "not a socket");
    writeFileSync(join(folder, "old-1.77.sock"), "");
    const dead: Server = createServer();
    const left = join(folder, "dead-1.78.sock");
    await new Promise<void>((done) => dead.listen(join(folder, "dead-1.79.sock"), done));
    writeFileSync(left, "");
    await new Promise((closed) => dead.close(closed));
    const [a, b] = await pair();
    await until({ pass }, () => !existsSync(left));
    expect(a.send("b-1", "hello")).toBe(true);
    await until({ pass }, () => b.framesOf("a-1").length === 1);
    expect(readdirSync(folder)).toContain("README.txt");
    expect([...a.present.keys()].sort()).toEqual(["a-1", "b-1"]);
  });

  it("says that a folder cannot be made, also where the system would be asked for ever", async () => {
    rmSync(folder, { recursive: true });
    folder = "/proc/none/such";
    const error = await start("a-1").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusError);
    expect((error as Error).message).toContain("bus.folder: no socket can be made in /proc/none/such: ENOENT");
  });

  it.each([0o777, 0o1777, 0o720])("takes no folder that others may write to: mode %o", async (mode) => {
    chmodSync(folder, mode);
    const error = await start("a-1").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusError);
    const written = mode.toString(8);
    expect((error as Error).message).toBe(
      `bus.folder: others may write to ${folder} (mode ${written}), and could listen in: chmod 700 ${folder}`,
    );
    expect(readdirSync(folder)).toEqual([]);
    // What others may read only is none of the bus's business: its sockets are not theirs.
    chmodSync(folder, 0o755);
    await start("a-1");
  });

  it.runIf(process.getuid?.() === 0)("takes no folder of somebody else", async () => {
    chownSync(folder, 12_345, 12_345);
    const error = await start("a-1").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BusError);
    expect((error as Error).message).toContain(
      `bus.folder: ${folder} belongs to user 12345, and this process runs as 0`,
    );
  });

  it("goes on joining while the folder is away", async () => {
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((done) => silent.listen(join(folder, "a-1.77.sock"), done));
    // Waits to be sure of its id: whoever had it does not answer.
    const joining = start("a-1", SECRET, { window: 2_000 });
    await until({ pass }, () => sockets.length > 0);
    rmSync(folder, { recursive: true });
    const a = await joining;
    expect(existsSync(socketOf(a))).toBe(true);
    silent.close();
  });

  it("has its socket again when somebody empties the folder: nothing is lost, and newcomers are met", async () => {
    for (const what of ["the folder", "the sockets"]) {
      const [a, b] = await pair();
      if (what === "the folder") rmSync(folder, { recursive: true });
      else for (const name of readdirSync(folder)) rmSync(join(folder, name));
      // Before anybody has noticed.
      const c = await start("c-1");
      await until({ pass }, () => [a, b].every(({ present }) => present.has("c-1")) && c.present.size === 3);
      expect([a, b, c].map((one) => existsSync(socketOf(one)))).toEqual([true, true, true]);
      // Also when a connection breaks while there is no socket.
      rmSync(socketOf(b));
      hearingOf(a, b).destroy();
      await until({ pass }, () => existsSync(socketOf(b)));
      await until({ pass }, () => a.send("b-1", what) && b.framesOf("a-1").includes(what));
      expect([...a.events, ...b.events, ...c.events].filter((event) => /left|evicted/.test(event))).toEqual([]);
      for (const { id } of [a, b]) expect(taken(id).length).toBeGreaterThan(0);
      await Promise.all(members.splice(0).map(({ bus }) => bus.close()));
      expect(readdirSync(folder)).toEqual([]);
    }
  });

  it("says now and then that it cannot have its socket again, works on with those it knows, and finds others later", async () => {
    const [a, b] = await pair();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, "in the way");
    await until({ pass }, () => failures("a-1").length > 0);
    for (let beat = 0; beat < 4; beat++) await new Promise((resolve) => setTimeout(resolve, 500));
    expect(failures("a-1")).toHaveLength(1);
    expect(a.send("b-1", "still here")).toBe(true);
    await until({ pass }, () => b.framesOf("a-1").length === 1);
    rmSync(folder);
    const c = await start("c-1");
    await until({ pass }, () => [a, b].every(({ present }) => present.has("c-1")) && c.present.size === 3);
    expect([...a.events, ...b.events].filter((event) => /left|evicted|gap/.test(event))).toEqual([]);
  });

  it("refuses frames for a peer that does not read, and keeps no more than a link may hold", async () => {
    const [a, b] = await pair({ window: 60_000 });
    const socket = hearingOf(b, a);
    socket.pause();
    const frame = "x".repeat(50_000);
    let taken = 0;
    for (let turn = 0; turn < 200; turn++) {
      while (a.send("b-1", frame)) taken++;
      await pass();
    }
    expect(a.send("b-1", frame)).toBe(false);
    // The system's own buffers are beside what the link holds.
    expect(outletOf(a, b).writableLength).toBeLessThanOrEqual(LINK_BYTES + 100_000);
    expect(a.send("a-1", "the others")).toBe(true);
    socket.resume();
    await until({ pass }, () => b.framesOf("a-1").length === taken);
    await until({ pass }, () => a.send("b-1", "again"));
    await until({ pass }, () => b.framesOf("a-1").at(-1) === "again");
    expect([...a.events, ...b.events].filter((event) => event.startsWith("gap") || event.endsWith("left"))).toEqual([]);
  });

  /** The socket on which a member speaks to another. */
  function outletOf(member: Member, to: Member): Socket {
    const outlets = Reflect.get(member.bus, "outlets") as Map<number, { socket: Socket }>;
    return outlets.get(to.address.incarnation)!.socket;
  }

  /** How many connections it waits for to say who they are. */
  function strangersOf(member: Member): number {
    const listener = Reflect.get(member.bus, "listener") as object;
    return (Reflect.get(listener, "strangers") as Set<Socket>).size;
  }

  /** The socket on which a member hears another. */
  function hearingOf(member: Member, from: Member): Socket {
    const ears = Reflect.get(member.bus, "ears") as Map<number, object>;
    const hearing = Reflect.get(ears.get(from.address.incarnation)!, "hearing") as object;
    return Reflect.get(hearing, "socket") as Socket;
  }
});
