/** A supervisor's place on the bus, where administrators ask it for one more server. It comes back when it was given up. */
import type { Logger } from "pino";
import { didYouMean } from "../../wire/did-you-mean.js";
import type { Timing } from "../../wire/timing.js";
import { AddServer, ServerAdded } from "../bus/cluster-messages.js";
import { Operation } from "../bus/envelope.js";
import { SUPERVISOR } from "../cluster/peer.js";
import { Failure } from "../failure.js";
import type { Manifest } from "../manifest.js";
import { type Administrator, joinAsAdministrator } from "./administrator.js";
import type { Configuration } from "./configuration.js";
import { HIGHEST_NUMBER, type ServerPlace } from "./server-place.js";
import type { Supervisor } from "./supervisor.js";
import { portProblems } from "./topology.js";

export interface SupervisorPlaceOptions {
  readonly supervisor: Supervisor;
  readonly configuration: Configuration;
  readonly manifest: Manifest;
  /** Part of its id: the machine's name, where there are several. */
  readonly name?: string | undefined;
  readonly timing: Timing;
  readonly log: Logger;
}

/** Milliseconds between two attempts to join. */
const PAUSE = 1_000;

export class SupervisorPlace {
  private readonly options: SupervisorPlaceOptions;
  private administrator: Administrator | null = null;
  private announced = 0;
  private closed = false;
  /** One after the other: each takes a number. */
  private adding: Promise<unknown> = Promise.resolve();

  constructor(options: SupervisorPlaceOptions) {
    this.options = options;
    options.supervisor.onChange(() => this.announceLoad());
  }

  /** Joins, and stays until it is closed. Without a bus it tries on: the servers do not depend on it. */
  async stay(): Promise<void> {
    const { timing, log } = this.options;
    while (!this.closed) {
      try {
        const administrator = await this.join();
        while (!this.closed) await administrator.change();
      } catch (error) {
        // Whatever it is: servers are supervised without a bus as well.
        if (!this.closed) log.warn({ err: error }, "the supervisor has no place on the bus, and tries again");
      }
      await this.leave();
      if (!this.closed) await new Promise<void>((resolve) => timing.after(PAUSE, resolve));
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.leave();
  }

  private async join(): Promise<Administrator> {
    const { configuration, manifest, timing, log, name } = this.options;
    const { bus } = configuration;
    const administrator = await joinAsAdministrator({
      bus,
      application: manifest.name,
      as: SUPERVISOR,
      name,
      timing,
      log,
    });
    this.administrator = administrator;
    if (this.closed) {
      await this.leave();
      return administrator;
    }
    administrator.serve(Operation.ADD, ({ from, read }) => {
      const { type } = read(AddServer);
      const added = this.adding.then(() => this.add(type, administrator));
      this.adding = added.catch(() => {});
      return added.then((id) => {
        log.info({ by: from.id, process: id }, "told to add a server");
        return { codec: ServerAdded, message: { id } };
      });
    });
    this.announced = 0;
    this.announceLoad();
    log.info({ supervisor: administrator.self.id }, "the supervisor is on the bus");
    return administrator;
  }

  private async leave(): Promise<void> {
    const { administrator } = this;
    this.administrator = null;
    await administrator?.close();
  }

  private announceLoad(): void {
    const { load } = this.options.supervisor;
    if (this.administrator === null || load === this.announced) return;
    this.announced = load;
    this.administrator.announce(load);
  }

  /** Throws Failure. */
  private async add(type: string, { servers }: Administrator): Promise<string> {
    const { supervisor, configuration, manifest } = this.options;
    const types = manifest.servers.map(({ name }) => name);
    if (!types.includes(type)) {
      const hint = didYouMean(type, types);
      const text = `the schema has no server type "${type}"; it has ${types.join(", ")}${hint === null ? "" : `; ${hint}`}`;
      throw Failure.of("NO_SERVER", text, "no");
    }
    const number = freeNumber(type, {
      count: configuration.servers[type]!.count,
      there: servers.map(({ id }) => id),
      own: supervisor.servers,
    });
    const place = { id: `${type}-${number}`, type, number };
    if (number > HIGHEST_NUMBER)
      throw Failure.of("FORBIDDEN", `${place.id}: the last number is ${HIGHEST_NUMBER}`, "no");
    const problems = await portProblems(configuration, [place]);
    if (problems.length > 0) throw Failure.of("FORBIDDEN", problems.join("\n"), "no");
    if (!supervisor.add(place)) throw Failure.of("DRAINING", "this supervisor ends its servers", "no");
    return place.id;
  }
}

export interface Numbering {
  /** Numbers up to here are the topology's, on whichever machine. */
  readonly count: number;
  /** Ids of the servers that are alive. */
  readonly there: readonly string[];
  /** This supervisor's servers. */
  readonly own: readonly (ServerPlace & { readonly state: string })[];
}

/** The number of one more server: the lowest that this supervisor ran and does not run any more, or one above all that are known. */
export function freeNumber(type: string, { count, there, own }: Numbering): number {
  const prefix = `${type}-`;
  const alive = there.filter((id) => id.startsWith(prefix)).map((id) => Number(id.slice(prefix.length)));
  const mine = own.filter((server) => server.type === type);
  const over = mine.filter(({ state }) => state === "stopped" || state === "given up").map(({ number }) => number);
  const left = over.filter((number) => !alive.includes(number));
  if (left.length > 0) return Math.min(...left);
  return Math.max(count, ...alive, ...mine.map(({ number }) => number)) + 1;
}
