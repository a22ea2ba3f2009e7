/** An application's code on one server: an instance of each group class, its methods by link id, and its lifecycle. */
import type { Logger } from "pino";
import type { ServerTypeEntry } from "../manifest.js";
import type { ManifestTables } from "../manifest-tables.js";
import type { Counters } from "../operate/counters.js";
import type { GroupLifecycle, RunnableApplication, ServerTypeDefinition } from "./application.js";
import type { FilterChain, Target } from "./dispatcher.js";
import type { ServedSession } from "./route-context.js";

/** The application lacks something the schema says it has. The message says what, and where it belongs. */
export class ApplicationError extends Error {
  override readonly name = "ApplicationError";
}

export class ApplicationGroups {
  /** Handlers and remotes of this server type, by link id. */
  readonly targets: (Target | undefined)[] = [];
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
    const { handlers, remotes } = tables.manifest;
    for (const entry of handlers) if (entry.serverType === type.name) this.add(entry, entry.order, entry.kind, byName);
    for (const entry of remotes) if (entry.serverType === type.name) this.add(entry, "none", "request", byName);
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
    const instance = byName.get(entry.group)!;
    const method: unknown = Reflect.get(instance, entry.method);
    if (typeof method !== "function") {
      const where = `app/${entry.serverType}/${entry.group}.ts`;
      throw new ApplicationError(
        `${where}: the class has no method "${entry.method}" for route ${entry.route}; run generate`,
      );
    }
    this.targets[entry.linkId] = {
      entry,
      order,
      answers: kind === "request",
      fromClients: "messageId" in entry,
      instance,
      method: method as Target["method"],
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
