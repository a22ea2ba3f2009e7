/**
 * Every server of a cluster under load is replaced by one of the next version, as `docs/operations.md` says: real processes of
 * `gatesmith run`, drained by a signal. A ledger has what was sent, executed and answered.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { ConfigurationInput } from "gatesmith/runtime";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { WebSocket } from "ws";
import { generate } from "../../generator/generate.js";
import { ErrorCode, errorCodeName } from "../../wire/error-code.js";
import { Command, checkout } from "../cli/support/command.js";
import { edit } from "../cli/support/project.js";
import { SECRET } from "../runtime/bus/drivers.js";
import { freePort, type NatsServer, startNatsServer } from "../support/nats-server.js";

type Bus = NonNullable<ConfigurationInput["bus"]>;

const fixture = fileURLToPath(new URL("./fixtures/upgrade", import.meta.url));

/** Of these every one is replaced, backends before the connectors whose clients ask for what is new. */
const SERVERS = ["work-1", "work-2", "connector-1", "connector-2", "gate-1"];

const CLIENTS = 8;
/** Under way at once for each client. */
const LANES = 3;
/** Milliseconds between an answer and the lane's next request. */
const PAUSE = 30;
/** Requests at least, so that 0.1 % of them is something. */
const LEAST_REQUESTS = 5_000;

interface Order {
  readonly nonce: string;
  readonly wait: number;
  readonly also: string;
}

/** What the test needs of the generated clients, which exist only while it runs. */
interface Client {
  readonly state: { readonly kind: string };
  readonly connector: {
    readonly entry: { enter(request: { uid: string }): Promise<unknown>; note(order: Order): Promise<Done> };
  };
  readonly work: {
    readonly desk: { carry(order: Order): Promise<Done>; count?(request: object): Promise<{ version: number }> };
  };
  onState(listener: (state: { kind: string }) => void): void;
  close(): void;
}

interface Done {
  readonly nonce: string;
  readonly by: string;
}

interface ClientClass {
  connect(options: object): Promise<Client>;
}

interface Outcome {
  readonly code: string;
  readonly executed: string;
}

/** The two versions of the project, beside each other, and the ledger. */
async function projects(bus: Bus): Promise<{ old: string; next: string; ledger: string; gate: string }> {
  const root = mkdtempSync(join(tmpdir(), "gatesmith-upgrade-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [old, next, ledger] = [join(root, "old"), join(root, "next"), join(root, "ledger")];
  mkdirSync(ledger);
  cpSync(fixture, old, { recursive: true });
  const port = await freePort();
  const configuration: ConfigurationInput = {
    bus: bus.driver === "ipc" ? { ...bus, folder: join(root, "bus") } : bus,
    servers: { gate: { port }, connector: { count: 2, port: 0 }, work: { count: 2 } },
    limits: { drainInterval: 200 },
  };
  writeFileSync(join(old, "package.json"), '{ "type": "module", "private": true }\n');
  writeFileSync(join(old, "gatesmith.config.ts"), `export default ${JSON.stringify(configuration)};\n`);
  await generated(old);
  cpSync(old, next, { recursive: true });
  edit(next, "schema/index.ts", "version: 1", "version: 2");
  edit(
    next,
    "schema/index.ts",
    "    desk: {\n",
    '    desk: {\n      count: request(2002, "upgrade.Nothing", "upgrade.Count", { public: true }),\n',
  );
  edit(
    next,
    "schema/messages/upgrade.proto",
    "message Done {",
    "message Count {\n  uint32 version = 1;\n}\n\nmessage Done {\n  uint32 version = 9;",
  );
  edit(next, "app/work/desk.ts", "  pass(", "  count() {\n    return { version: 2 };\n  }\n\n  pass(");
  for (const file of ["app/work/desk.ts", "app/connector/entry.ts"]) {
    const path = join(next, file);
    writeFileSync(
      path,
      readFileSync(path, "utf8").replaceAll("by: this.server.id }", "by: this.server.id, version: 2 }"),
    );
  }
  await generated(next);
  return { old, next, ledger, gate: `http://127.0.0.1:${port}` };
}

async function generated(project: string): Promise<void> {
  const { diagnostics } = await generate(project, { check: false });
  expect(diagnostics).toEqual([]);
}

async function clientOf(project: string): Promise<ClientClass> {
  const module = pathToFileURL(join(project, "generated/client-typescript/index.ts")).href;
  return ((await import(/* @vite-ignore */ module)) as { UpgradeClient: ClientClass }).UpgradeClient;
}

/** Clients that ask all the time, and what became of all they asked. */
class Load {
  readonly outcomes = new Map<string, Outcome[]>();
  readonly wrongs: string[] = [];
  /** Sessions there were. */
  sessions = 0;
  answered = 0;
  private readonly clients: Client[] = [];
  private busy = true;
  private readonly lanes: Promise<void>[] = [];

  async start(Client: ClientClass, gate: string): Promise<void> {
    for (let number = 1; number <= CLIENTS; number++) {
      const uid = `user ${number}`;
      const login = (client: Client) => {
        this.sessions++;
        return client.connector.entry.enter({ uid });
      };
      const client = await Client.connect({ gate, uid, webSocket: WebSocket, connectTimeout: 120_000, login });
      client.onState(({ kind }) => {
        if (kind === "closed" && this.busy) this.wrongs.push(`${uid} was closed for good`);
      });
      this.clients.push(client);
      for (let lane = 1; lane <= LANES; lane++) this.lanes.push(this.lane(client, `${uid}/${lane}`, lane));
    }
  }

  /** Resolves when everything asked has its outcome. */
  async rest(): Promise<void> {
    this.busy = false;
    await Promise.all(this.lanes);
    for (const client of this.clients) client.close();
  }

  /** Until so many more have been answered: the cluster works. */
  async answers(count: number): Promise<void> {
    const goal = this.answered + count;
    while (this.answered < goal) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  private async lane(client: Client, name: string, kind: number): Promise<void> {
    for (let turn = 0; this.busy; turn++) {
      const nonce = `${name}/${turn}`;
      const outcomes: Outcome[] = [];
      this.outcomes.set(nonce, outcomes);
      // A short one, and one that takes a while and asks another server, which the session's other lane may find under way.
      const order = { nonce, wait: kind === 1 ? 0 : turn % 20, also: kind === 3 ? nonce : "" };
      try {
        const done = await (kind === 1 ? client.connector.entry.note(order) : client.work.desk.carry(order));
        if (done.nonce !== nonce) this.wrongs.push(`${nonce} was answered ${done.nonce}`);
        outcomes.push({ code: "OK", executed: "yes" });
        this.answered++;
      } catch (error) {
        const { name: code, executed } = error as { name: string; executed: string };
        outcomes.push({ code, executed });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
  }
}

/** Somebody new comes by the gate, however often that takes, asks for one thing, and goes. */
async function comes(Client: ClientClass, gate: string, uid: string): Promise<void> {
  const login = (client: Client) => client.connector.entry.enter({ uid });
  const client = await Client.connect({ gate, uid, webSocket: WebSocket, connectTimeout: 120_000, login });
  expect(await client.work.desk.carry({ nonce: uid, wait: 0, also: "" })).toMatchObject({ nonce: uid });
  client.close();
}

/** How often each was executed, by its nonce. */
function executions(ledger: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of readdirSync(ledger)) {
    for (const nonce of readFileSync(join(ledger, file), "utf8").split("\n")) {
      if (nonce !== "") counts.set(nonce, (counts.get(nonce) ?? 0) + 1);
    }
  }
  return counts;
}

function run(server: string, project: string, ledger: string): Command {
  const words = ["--import", "tsx", "cli.ts", "run", server, "--root", project];
  const command = new Command(process.execPath, words, checkout, { UPGRADE_LEDGER: ledger });
  onTestFinished(() => {
    command.process.kill("SIGKILL");
  });
  return command;
}

const READY = /"msg":"server ready"/;

let nats: NatsServer | null = null;

afterAll(() => nats?.stop());

const buses: readonly { name: string; bus: () => Promise<Bus> }[] = [
  { name: "ipc", bus: async () => ({ driver: "ipc", secret: SECRET, folder: "", beat: 400, window: 8_000 }) },
  {
    name: "nats",
    bus: async () => {
      nats = await startNatsServer();
      return { driver: "nats", servers: nats.url, beat: 400, window: 8_000 };
    },
  },
];

describe.each(buses)("a cluster over $name", { timeout: 1_200_000 }, ({ bus }) => {
  it("is replaced server by server under load, and no request is lost", async () => {
    const { old, next, ledger, gate } = await projects(await bus());
    const running = new Map(SERVERS.map((server) => [server, run(server, old, ledger)]));
    await Promise.all([...running.values()].map((command) => command.printed(READY)));
    const load = new Load();
    await load.start(await clientOf(old), gate);
    await load.answers(500);
    const comers: Promise<void>[] = [];
    for (const server of SERVERS) {
      running.get(server)!.process.kill("SIGTERM");
      expect(await running.get(server)!.finished).toMatchObject({ code: 0, stderr: "" });
      await load.answers(200);
      // Nobody else needs a gate any more: who comes while there is none waits for the next.
      if (server === "gate-1") comers.push(comes(await clientOf(old), gate, "adam"));
      const successor = run(server, next, ledger);
      running.set(server, successor);
      await successor.printed(READY);
      await load.answers(200);
    }
    await Promise.all([...comers, comes(await clientOf(old), gate, "abel")]);
    await load.answers(Math.max(200, LEAST_REQUESTS - load.outcomes.size));
    const Newer = await clientOf(next);
    const newer = await Newer.connect({
      gate,
      uid: "eve",
      webSocket: WebSocket,
      login: (client: Client) => client.connector.entry.enter({ uid: "eve" }),
    });
    expect(await newer.work.desk.count!({})).toEqual({ version: 2 });
    expect(await newer.work.desk.carry({ nonce: "eve", wait: 0, also: "" })).toMatchObject({
      nonce: "eve",
      version: 2,
    });
    newer.close();
    await load.rest();

    const executed = executions(ledger);
    const failed: string[] = [];
    for (const [nonce, outcomes] of load.outcomes) {
      expect(outcomes, nonce).toHaveLength(1);
      const [outcome] = outcomes;
      const times = executed.get(nonce) ?? 0;
      if (outcome!.code === "OK") expect([nonce, times]).toEqual([nonce, 1]);
      else {
        failed.push(`${nonce}: ${outcome!.code}, executed: ${outcome!.executed}`);
        expect(times, nonce).toBeLessThanOrEqual(outcome!.executed === "no" ? 0 : 1);
        expect(Object.values(ErrorCode).map(errorCodeName), nonce).toContain(outcome!.code);
      }
    }
    const sent = [...load.outcomes.keys(), "adam", "abel", "eve"].flatMap((nonce) => [nonce, `${nonce} passed`]);
    expect([...executed.keys()].filter((nonce) => !new Set(sent).has(nonce))).toEqual([]);
    expect(load.wrongs).toEqual([]);
    // Everybody had to move at least once.
    expect(load.sessions).toBeGreaterThanOrEqual(2 * CLIENTS);
    expect(failed.length, failed.join("\n")).toBeLessThanOrEqual(load.outcomes.size / 1_000);
    for (const command of running.values()) expect(await command.interrupt()).toMatchObject({ code: 0, stderr: "" });
  });
});
