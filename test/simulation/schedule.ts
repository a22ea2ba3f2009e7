/** Runs one schedule from the first server's start to the last one's end. */
import type { Promised, Violation } from "./ledger.js";
import { checkAtRest, isQuiet } from "./rest.js";
import { BEAT, SimulatedCluster, WINDOW } from "./simulated-cluster.js";
import type { SimulatedServer } from "./simulated-server.js";
import { describeStep, type Schedule, type Step } from "./steps.js";

export interface Course {
  readonly violations: readonly Violation[];
  readonly trace: readonly string[];
  readonly looks: ReadonlyMap<Promised, number>;
}

/** Milliseconds in which a cluster that has healed comes to rest at the latest: the runtime's own questions twice over, and change. */
const REST = WINDOW + 2 * 5_000 + 4_000;

/** Servers of a type that a schedule may add to. */
const MOST_SERVERS = 4;

const UIDS = ["ann", "bob", "cat", "dan"];

export async function runSchedule({ shape, steps }: Schedule): Promise<Course> {
  const cluster = new SimulatedCluster(shape);
  const { ledger } = cluster;
  const run = new Run(cluster);
  try {
    await run.begin();
    for (const step of steps) {
      await run.step(step);
      if (ledger.violations.length > 0) break;
    }
    if (ledger.violations.length === 0) await run.end();
  } catch (error) {
    ledger.violate("no exception", error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  return { violations: ledger.violations, trace: ledger.trace, looks: ledger.looks };
}

class Run {
  private readonly cluster: SimulatedCluster;

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
  }

  async begin(): Promise<void> {
    const { timing, servers, clients } = this.cluster;
    for (const server of servers) void server.start();
    await timing.settle(2_000);
    clients.forEach((client, index) => {
      client.connect(UIDS[index]!);
    });
    await timing.settle(50);
    clients.forEach((client, index) => {
      client.send("own", "bind", `${UIDS[index]}/kick-old`);
    });
    await timing.settle(50);
    clients.forEach((client) => {
      client.send("ask", "join", "lobby");
    });
    await timing.settle(50);
    this.cluster.calm();
  }

  async step(step: Step): Promise<void> {
    const { timing, ledger } = this.cluster;
    if (step.do !== "send") ledger.note(`-- ${describeStep(step)}`);
    await this.perform(step);
    await timing.settle(timing.random() % 4);
    this.cluster.check();
  }

  async end(): Promise<void> {
    const { timing, ledger, servers, clients } = this.cluster;
    await this.rest();
    if (ledger.violations.length > 0) return;
    for (const client of clients) client.close();
    await this.quiet();
    checkAtRest(this.cluster);
    for (const server of this.cluster.running()) {
      const { size } = server.frontend?.sessions ?? { size: 0 };
      ledger.hold(
        "nothing is left behind",
        size === 0,
        () => `${server.core.id} has ${size} sessions, and there are no clients`,
      );
    }
    await Promise.all(servers.map((server) => timing.until(server.stop())));
    await timing.settle(20_000);
    const { pendingTimers, pendingTasks } = timing;
    ledger.hold(
      "nothing is left behind",
      pendingTimers + pendingTasks === 0,
      () => `${pendingTimers} timers and ${pendingTasks} tasks of nobody`,
    );
  }

  private async perform(step: Step): Promise<void> {
    const { cluster } = this;
    const { timing, hub } = cluster;
    switch (step.do) {
      case "connect":
        this.client(step.client).connect(UIDS[step.client % UIDS.length]!);
        return timing.settle(5);
      case "close":
        return this.client(step.client).close();
      case "cut client":
        return this.client(step.client).cut();
      case "stop reading":
        return this.client(step.client).pause();
      case "read on":
        return this.client(step.client).resume();
      case "send":
        this.client(step.client).send(step.way, step.command, step.argument);
        return;
      case "race":
        for (const client of cluster.clients) client.send("own", "bind", `${step.uid}/${step.conflict}`);
        return;
      case "all talk":
        return this.allTalk(step.command, step.argument, step.rounds);
      case "wait":
        return timing.settle(step.ms);
      case "delay":
        return cluster.delay(0, step.most);
      case "cut": {
        const [from, to] = [this.server(step.from).id, this.server(step.to).id];
        if (from === to) return;
        cluster.torn = true;
        hub.cut(from, to);
        if (step.both) hub.cut(to, from);
        return;
      }
      case "cut off": {
        const { id } = this.server(step.server);
        cluster.torn = true;
        hub.cut(id);
        hub.deafen(id);
        return;
      }
      case "heal":
        return cluster.heal();
      case "pause":
        this.pause(this.server(step.server), step.ms);
        if (!step.through) return;
        for (const client of cluster.clients) for (const way of ["ask", "own"] as const) client.send(way, "echo");
        return timing.settle(step.ms + 1);
      case "kill":
        return this.server(step.server).kill();
      case "restart": {
        const server = this.server(step.server);
        server.kill();
        void server.start();
        return;
      }
      case "drain":
        return this.server(step.server).drain(2_000);
      case "stop":
        return void this.server(step.server).stop();
      case "move homes":
        return this.moveHomes(step.server, step.uid);
      case "add":
        if (cluster.ofType(step.type).length < MOST_SERVERS) void cluster.add(step.type).start();
        return;
      case "fell": {
        const home = this.home(step.type, step.home);
        if (home === null) return;
        home.kill();
        if (step.again) void home.start();
        // While some have noticed and others have not.
        return this.allTalk(step.command, step.argument, step.rounds);
      }
      case "send off":
        this.home(step.type, step.home)?.drain(2_000);
        return this.allTalk(step.command, step.argument, step.rounds);
      case "come to rest":
        return this.rest();
    }
  }

  private async allTalk(command: string, argument: string, rounds: number): Promise<void> {
    const { clients, timing } = this.cluster;
    for (let round = 0; round < rounds; round++) {
      for (const client of clients) client.send("free", command, argument);
      await timing.settle(2);
    }
  }

  private async moveHomes(index: number, uid: string): Promise<void> {
    const { cluster } = this;
    const { timing, clients } = cluster;
    const connectors = cluster.ofType("connector");
    connectors[index % connectors.length]!.drain(2_000);
    // At some moment while some know of it and others do not.
    await timing.settle(timing.random() % 10);
    clients[timing.random() % clients.length]!.send("own", "bind", `${uid}/kick-old`);
    for (let round = 0; round < 10; round++) {
      clients[timing.random() % clients.length]!.send("free", "user", uid);
      await timing.settle(1);
      cluster.check();
    }
  }

  private pause(server: SimulatedServer, ms: number): void {
    const { cluster } = this;
    const { machine } = server;
    if (machine === null || machine.paused) return;
    // Others may give it up; it may take what is late for its own.
    if (ms > WINDOW / 2) cluster.torn = true;
    server.pause();
    cluster.timing.after(ms, () => {
      if (server.machine === machine) server.resume();
    });
  }

  /** Everything heals and comes back, and time passes until nothing is under way any more. */
  private async rest(): Promise<void> {
    const { cluster } = this;
    const { timing, servers, clients, ledger } = cluster;
    ledger.note("-- all heals");
    cluster.heal();
    for (const server of servers) server.resume();
    for (const client of clients) client.resume();
    // What is leaving takes its time.
    for (let waited = 0; waited < 30_000 && servers.some(({ leaving, up }) => leaving && up); waited += BEAT)
      await timing.settle(BEAT);
    for (const server of servers) if (!server.up) void server.start();
    await this.quiet();
    cluster.check();
    ledger.checkOutcomes();
    checkAtRest(cluster);
    ledger.checkPushes();
    cluster.calm();
    if (ledger.violations.length === 0) await this.tryAll();
  }

  /** Lets time pass until nothing is under way: at least for as long as somebody's silence may go unnoticed. */
  private async quiet(): Promise<void> {
    const { cluster } = this;
    const disturbed = cluster.torn || cluster.movedTypes.size > 0;
    await cluster.timing.settle(disturbed ? WINDOW + 4 * BEAT : 3_000);
    for (let waited = 0; waited < REST && !isQuiet(cluster); waited += BEAT) await cluster.timing.settle(BEAT);
  }

  /** With nothing in the way, everything works. */
  private async tryAll(): Promise<void> {
    const { timing, clients, ledger } = this.cluster;
    const echoes: [string, number][] = [];
    for (const client of clients) {
      const { session } = client;
      if (typeof session?.uid !== "string") continue;
      for (const channel of session.channels.keys()) client.send("ask", "publish", channel);
      client.send("ask", "user", session.uid);
      echoes.push([client.name, client.send("ask", "echo")]);
    }
    for (let waited = 0; waited < 2_500; waited += 100) {
      if (waited > 0 && echoes.every(([, nonce]) => ledger.outcomeOf(nonce) !== null)) break;
      await timing.settle(100);
    }
    for (const [name, nonce] of echoes) {
      const outcome = ledger.outcomeOf(nonce);
      ledger.hold("all is back to normal", outcome === "answered", () => `#${nonce} of ${name} ended with ${outcome}`);
    }
    ledger.checkOutcomes();
    ledger.checkPushes();
  }

  private client(index: number) {
    const { clients } = this.cluster;
    return clients[index % clients.length]!;
  }

  /** One of those of a type; null: there is no other. */
  private home(type: string, index: number): SimulatedServer | null {
    const homes = this.cluster.ofType(type).filter(({ running, leaving }) => running !== null && !leaving);
    return homes.length < 2 ? null : homes[index % homes.length]!;
  }

  private server(index: number) {
    const { servers } = this.cluster;
    return servers[index % servers.length]!;
  }
}
