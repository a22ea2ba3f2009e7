/** The chat from end to end over a bus that leaves the process: a generated client, and every server in a process of its own. */
import { CloseCode, type ConfigurationInput } from "gatesmith/runtime";
import { inbox } from "gatesmith/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { ChatClient } from "../../../generated/client-typescript/index.js";
import { ServerProcess } from "./cluster.js";

type Bus = NonNullable<ConfigurationInput["bus"]>;

/** A window that a loaded machine does not exceed by itself, and a test can wait for. */
export const BEATS = { beat: 400, window: 4_000 };

function urlOf({ state }: ChatClient): string {
  if (state.kind !== "open") throw new Error(`the client is ${state.kind}`);
  return state.url;
}

export function chatting(name: string, open: () => { bus: Bus; close: () => void }): void {
  describe(`a chat over ${name}`, { timeout: 180_000 }, () => {
    let configuration: ConfigurationInput;
    let close: () => void;
    let servers: Map<string, ServerProcess>;
    const clients: ChatClient[] = [];

    const start = async (id: string) => {
      const server = new ServerProcess(id, configuration);
      servers.set(id, server);
      await server.ready();
      return server;
    };
    const connect = async (uid: string) => {
      const webSocket = WebSocket as unknown as typeof globalThis.WebSocket;
      const client = await ChatClient.connect({ gate: servers.get("gate-1")!.gates[0]!, uid, webSocket });
      clients.push(client);
      return client;
    };
    const enter = async (room: string, uid: string) => {
      const client = await connect(uid);
      await client.connector.entry.enter({ room, name: uid });
      return client;
    };
    /** Tries until the cluster has noticed what happened to it. */
    const eventually = async <T>(what: () => Promise<T>): Promise<T> => {
      for (;;) {
        try {
          return await what();
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      }
    };

    beforeEach(async () => {
      const opened = open();
      close = opened.close;
      configuration = {
        bus: opened.bus,
        servers: { gate: { port: 0 }, connector: { count: 2, port: 0 }, chat: { count: 1 } },
        log: { level: "silent" },
      };
      servers = new Map();
      await Promise.all(["gate-1", "connector-1", "connector-2", "chat-1"].map(start));
    });

    afterEach(async () => {
      for (const client of clients.splice(0)) client.close();
      for (const server of servers.values()) await server.kill();
      close();
    });

    it("reaches everybody in the room, on whichever connector", async () => {
      const ann = await eventually(() => enter("lobby", "ann"));
      const [added, lines, left] = [inbox(ann.chat.onAdd), inbox(ann.chat.onChat), inbox(ann.chat.onLeave)];
      const bob = await eventually(() => connect("bob"));
      expect(await bob.connector.entry.enter({ room: "lobby", name: "bob" })).toEqual({ members: ["ann", "bob"] });
      expect(await added.next()).toEqual({ name: "bob" });
      expect(new Set([urlOf(ann), urlOf(bob)]).size).toBe(2);
      const heard = inbox(bob.chat.onChat);
      for (let index = 0; index < 10; index++) await bob.chat.room.send({ target: "*", text: `line ${index}` });
      for (let index = 0; index < 10; index++) {
        expect(await lines.next()).toMatchObject({ from: "bob", text: `line ${index}` });
        expect(await heard.next()).toMatchObject({ from: "bob", text: `line ${index}` });
      }
      await ann.chat.room.send({ target: "bob", text: "for you alone" });
      expect(await heard.next()).toMatchObject({ from: "ann", target: "bob", text: "for you alone" });
      await expect(enter("lobby", "ann")).rejects.toMatchObject({ name: "NAME_TAKEN" });
      await expect(ann.chat.room.send({ target: "nobody", text: "?" })).rejects.toMatchObject({
        name: "NO_SUCH_MEMBER",
      });
      bob.close();
      expect(await left.next()).toEqual({ name: "bob" });
    });

    it("goes on when the backend was killed and is started again", async () => {
      const ann = await eventually(() => enter("lobby", "ann"));
      await servers.get("chat-1")!.kill();
      const lost = await ann.chat.room.send({ target: "*", text: "to nobody" }).then(
        () => "answered",
        (error: { name: string }) => error.name,
      );
      expect(["NO_SERVER", "BACKEND_LOST", "OVERLOADED", "OUTCOME_UNKNOWN"]).toContain(lost);
      await start("chat-1");
      const bob = await eventually(() => enter("lobby", "bob"));
      const lines = inbox(bob.chat.onChat);
      await bob.chat.room.send({ target: "*", text: "here again" });
      expect(await lines.next()).toMatchObject({ from: "bob", text: "here again" });
    });

    it("takes a connector back that stood still for too long, without its sessions", async () => {
      const ann = await eventually(() => enter("lobby", "ann"));
      const bob = await eventually(() => enter("lobby", "bob"));
      const left = inbox(bob.chat.onLeave);
      const annsConnector = [...servers.values()].find(({ urls }) => urls.includes(urlOf(ann)))!;
      const codes: (number | null)[] = [];
      ann.onState((state) => {
        if (state.kind === "waiting") codes.push(state.code);
      });
      annsConnector.pause();
      expect(await left.next()).toEqual({ name: "ann" });
      annsConnector.resume();
      await annsConnector.ready(2);
      expect(annsConnector.incarnations).toHaveLength(2);
      const eve = await eventually(() => enter("lobby", "eve"));
      const lines = inbox(bob.chat.onChat);
      await eve.chat.room.send({ target: "*", text: "all well" });
      expect(await lines.next()).toMatchObject({ from: "eve", text: "all well" });
      expect(codes[0]).toBe(CloseCode.SERVER_LEAVING);
    });

    it("refuses a second server with the same id, and one that stops takes its leave", async () => {
      const double = new ServerProcess("chat-1", configuration);
      await double.ready();
      expect(double.ended).toMatch(/^chat-1 runs already/);
      const ann = await eventually(() => enter("lobby", "ann"));
      await servers.get("chat-1")!.stop();
      await expect(ann.chat.room.send({ target: "*", text: "?" })).rejects.toMatchObject({ name: "NO_SERVER" });
    });
  });
}
