/** An application's code on one server: an instance of each group class, its methods by link id, its schedules, and its lifecycle. */
import type { Logger } from "pino";
import type { ServerTypeEntry } from "../manifest.js";
import type { ManifestTables } from "../manifest-tables.js";
import type { Counters } from "../operate/counters.js";
import type { ServedSession } from "../session/served-session.js";
import type { GroupLifecycle, RunnableApplication, ServerTypeDefinition } from "./application.js";
import type { FilterChain } from "./dispatcher.js";
import type { ScheduleTarget } from "./schedules.js";
import type { Target } from "./target.js";

/** The application lacks something the schema says it has. The message says what, and where it belongs. */
export class ApplicationError extends Error {
  override readonly name = "ApplicationError";
}

export class ApplicationGroups {
  /** Handlers and remotes of this server type, by link id. */
  readonly targets: (Target | undefined)[] = [];
  readonly schedules: readonly ScheduleTarget[];
  readonly filters: FilterChain;
  // biome-ignore lint/suspicious/noExplicitAny: session data of every schema.
  private readonly instances: GroupLifecycle<any>[] = [];
  private readonly log: Logger;
  private readonly counters: Counters;

  /** Makes the instances. Throws ApplicationError for what is missing, or what a constructor threw. */
  constructor(
    application: RunnableApplication,
    type: ServerTypeEntry,
    tables: ManifestTables,
    server: object,
    log: Logger,
    counters: Counters,
  ) {
    this.log = log;
    this.counters = counters;
    // biome-ignore lint/suspicious/noExplicitAny: server handles and session data of every schema.
    const definition: ServerTypeDefinition<any, any> | undefined = application.servers[type.name];
    if (definition === undefined) {
      throw new ApplicationError(
        `app/index.ts defines nothing for server type "${type.name}"; add it to defineApplication`,
      );
    }
    const byName = new Map<string, object>();
    for (const name of type.groups) {
      const Group = definition.groups[name];
      if (typeof Group !== "function") {
        throw new ApplicationError(
          `app/index.ts: server type "${type.name}" has no class for group "${name}"; generate writes app/${type.name}/${name}.ts`,
        );
      }
      const instance = new Group(server);
      byName.set(name, instance);
      this.instances.push(instance);
    }
    const { handlers, remotes, schedules } = tables.manifest;
    for (const entry of handlers) if (entry.serverType === type.name) this.add(entry, entry.order, entry.kind, byName);
    for (const entry of remotes) if (entry.serverType === type.name) this.add(entry, "none", "request", byName);
    this.schedules = schedules
      .filter(({ serverType }) => serverType === type.name)
      .map((entry) => ({ entry, ...methodOf<ScheduleTarget["method"]>(entry, `schedule ${entry.name}`, byName) }));
    const { everywhere } = application;
    this.filters = {
      before: [...(everywhere.before ?? []), ...(definition.before ?? [])],
      after: [...(definition.after ?? []), ...(everywhere.after ?? [])],
      // The type's own first: it knows more.
      error: [definition.error, everywhere.error].filter((filter) => filter !== undefined),
    };
  }

  async start(): Promise<void> {
    for (const instance of this.instances) await instance.onStart?.();
  }

  async ready(): Promise<void> {
    for (const instance of this.instances) await instance.onReady?.();
  }

  /** Runs every `onStop`, whatever the others throw. */
  async stop(): Promise<void> {
    for (const instance of this.instances) await this.guarded("onStop", () => instance.onStop?.());
  }

  sessionClosed(session: ServedSession): void {
    for (const instance of this.instances) {
      if (instance.onSessionClosed !== undefined) {
        void this.guarded("onSessionClosed", () => instance.onSessionClosed?.(session));
      }
    }
  }

  private add(
    entry: Target["entry"],
    order: Target["order"],
    kind: "request" | "notify",
    byName: ReadonlyMap<string, object>,
  ): void {
    this.targets[entry.linkId] = {
      entry,
      order,
      answers: kind === "request",
      fromClients: "messageId" in entry,
      ...methodOf<Target["method"]>(entry, `route ${entry.route}`, byName),
    };
  }

  private async guarded(hook: string, run: () => unknown): Promise<void> {
    try {
      await run();
    } catch (error) {
      this.counters.exceptions++;
      this.log.error({ err: error }, `${hook} threw`);
    }
  }
}

/** Throws ApplicationError. */
function methodOf<Method>(
  { serverType, group, method: name }: { readonly serverType: string; readonly group: string; readonly method: string },
  what: string,
  byName: ReadonlyMap<string, object>,
): { instance: object; method: Method } {
  const instance = byName.get(group)!;
  const method: unknown = Reflect.get(instance, name);
  if (typeof method !== "function") {
    const where = `app/${serverType}/${group}.ts`;
    throw new ApplicationError(`${where}: the class has no method "${name}" for ${what}; run generate`);
  }
  return { instance, method: method as Method };
}
