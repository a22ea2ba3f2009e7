/** Every server of a cluster replaced under load, on the worst of networks and virtual time: nothing asked is lost, or runs twice. */
import { describe, expect, it } from "vitest";
import type { GateServer } from "../../../runtime/index.js";
import { ClientNetwork } from "../../../testing/client-network.js";
import { type FarLab, startFarLab } from "../lab/far-lab.js";
import { LabClient } from "../lab/generated/client-typescript/index.js";
import { type Parts, text } from "../lab/lab.js";

const SERVERS = ["gate-1", "connector-1", "connector-2", "work-1", "work-2"];
const CLIENTS = 6;

/** Handlers that take up to 30 ms, and write down what they have done. */
function ledger() {
  const executed: string[] = [];
  const parts: Parts = {
    jobs: (server) => ({
      async ask({ text: said, number }) {
        if (number > 0) await new Promise<void>((resolve) => server.timing.after(number, resolve));
        executed.push(said);
        return text(said, { key: server.id });
      },
      async tell({ text: said, number }) {
        await new Promise<void>((resolve) => server.timing.after(number, resolve));
        executed.push(said);
      },
    }),
    own: (server) => ({
      ask({ text: said }) {
        executed.push(said);
        return text(said, { key: server.id });
      },
    }),
  };
  return { parts, executed };
}

/** Connects by way of the gate, and logs in on every session. */
function connect(lab: FarLab, uid: string, sessions: string[]): Promise<LabClient> {
  const { timing } = lab;
  const find = (url: string) => lab.servers.get(url.split("/")[2]!)?.frontend ?? undefined;
  const { dial } = new ClientNetwork({ timing, find, address: "127.0.0.1" });
  const locate = () => (lab.server("gate-1").handle as unknown as GateServer<never, never, never>).choose(uid).url;
  const login = (client: LabClient) => {
    sessions.push(uid);
    return client.connector.login.enter({ uid, room: "", home: "", conflict: "" });
  };
  return lab.run(LabClient.connect({ uid, locate, dial, timing, login, connectTimeout: 60_000 }));
}

describe("replacing servers one after the other", { timeout: 240_000 }, () => {
  it.each([1, 2, 3, 4])("loses no request, and runs none twice (seed %i)", async (seed) => {
    const { parts, executed } = ledger();
    const limits = { drainInterval: 300 };
    const lab = await startFarLab(parts, { seed, delay: [0, 60], servers: SERVERS, limits });
    const { timing } = lab;
    const sessions: string[] = [];
    const clients: LabClient[] = [];
    for (let index = 0; index < CLIENTS; index++) clients.push(await connect(lab, `user ${index}`, sessions));
    let busy = true;
    let asked = 0;
    const failed: string[] = [];
    const told: string[] = [];
    const by = new Set<string>();
    const lane = async (client: LabClient, name: string, kind: number) => {
      for (let turn = 0; busy; turn++) {
        const said = `${name}.${turn}`;
        const message = text(said, { number: timing.random() % 30 });
        asked++;
        try {
          const answer = await (kind === 0 ? client.connector.own.ask(message) : client.work.jobs.ask(message));
          expect(answer.text).toBe(said);
          by.add(answer.key);
        } catch (error) {
          failed.push(`${said}: ${String(error)}`);
        }
        // Among requests, so that their order shows.
        if (kind === 2 && turn % 5 === 0) {
          told.push(`${said} told`);
          client.work.jobs.tell(text(`${said} told`, { number: 20 }));
        }
        await new Promise<void>((resolve) => timing.after(timing.random() % 20, resolve));
      }
    };
    const lanes = clients.flatMap((client, index) => [0, 1, 2].map((kind) => lane(client, `${index}/${kind}`, kind)));
    await lab.settle(2_000);
    for (const id of ["work-1", "work-2", "connector-1", "connector-2"]) {
      await lab.run(lab.server(id).drain());
      await lab.stop(id);
      await lab.settle(500);
      await lab.run(lab.start(id));
      // A client that is asked to move soon after it came pauses, and routes here have a second only.
      await lab.settle(11_000);
    }
    busy = false;
    await lab.run(Promise.all(lanes));
    await lab.settle(1_000);
    expect(failed).toEqual([]);
    expect(asked).toBeGreaterThan(1_000);
    expect(new Set(executed).size).toBe(executed.length);
    expect(executed.filter((said) => !said.endsWith("told"))).toHaveLength(asked);
    expect(executed.filter((said) => said.endsWith("told")).sort()).toEqual([...told].sort());
    expect(sessions.length).toBeGreaterThanOrEqual(2 * CLIENTS);
    // Whatever a session told was done before what it asked next.
    for (const one of told) {
      const [name, turn] = one.replace(" told", "").split(".");
      const next = executed.indexOf(`${name}.${Number(turn) + 1}`);
      if (next >= 0) expect(executed.indexOf(one), one).toBeLessThan(next);
    }
    expect(by).toEqual(new Set(["connector-1", "connector-2", "work-1", "work-2"]));
  });
});
