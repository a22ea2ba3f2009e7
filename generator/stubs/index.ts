/**
 * The users' side of `generate`: what is to be written under `app/` so that every route has a method, and what its author should
 * know. A file is written once; afterwards methods and wiring are inserted, and nothing is ever changed or removed.
 */
import type { Lock, Model } from "../model.js";
import { nameServer } from "../targets/server/names.js";
import { APPLICATION_PATH, type ApplicationSource, isComplete, readApplication } from "./application-source.js";
import { printApplication, type WiredGroup } from "./application-stub.js";
import { exportedName, findGroupClass, type Problem } from "./group-class.js";
import { type GroupStub, groupStubs, printGroupFile } from "./group-stub.js";
import { insertGroups } from "./insert-groups.js";
import { insertMethods } from "./insert-methods.js";
import { removedRoutes } from "./removed-routes.js";
import { findModule, parse, positionAt, readText, syntaxError } from "./source-file.js";

export interface StubPlan {
  readonly files: readonly StubFile[];
  readonly reports: readonly Problem[];
}

export interface StubFile {
  /** From the root. */
  readonly path: string;
  readonly kind: "created" | "extended";
  /** Routes that got a method; in `app/index.ts` the groups that were wired. */
  readonly added: readonly string[];
  readonly text: string;
}

/** `links` are those of the lock file as it was before this run; they know what a renamed route was called. */
export function planStubs(root: string, model: Model, links: Lock["links"] = model.lock.links): StubPlan {
  const plan = new Plan(root);
  const application = plan.readApplication();
  const groups = groupStubs(model, nameServer(model)).map((stub) => plan.group(stub, application));
  if (application !== null && application !== "unknown") {
    plan.extendApplication(application, model, groups);
  } else if (application === null) {
    plan.createApplication(model, groups);
  }
  const known = application === "unknown" ? null : application;
  const reports = [...plan.reports, ...removedRoutes(model, links, known, (path) => plan.text(path))];
  return { files: plan.files(), reports: reports.sort(byPosition) };
}

function byPosition({ position: a }: Problem, { position: b }: Problem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.line - b.line || a.column - b.column;
}

interface GroupResult {
  readonly stub: GroupStub;
  /** Null when the class cannot be imported. */
  readonly wired: WiredGroup | null;
  readonly created: boolean;
}

/** The files as they will be, and what was found on the way. */
class Plan {
  readonly reports: Problem[] = [];
  readonly #root: string;
  readonly #texts = new Map<string, string>();
  readonly #changes = new Map<string, { kind: "created" | "extended"; added: string[] }>();

  constructor(root: string) {
    this.#root = root;
  }

  files(): StubFile[] {
    return [...this.#changes].map(([path, change]) => ({ path, ...change, text: this.#texts.get(path)! }));
  }

  /** As planned so far; null when there is no such file, or none that can be read and written back. */
  text(path: string): string | null {
    return this.#texts.get(path) ?? readText(this.#root, path) ?? null;
  }

  /** Null when the file is missing; `unknown` when it is there and not to be understood, which was reported. */
  readApplication(): ApplicationSource | null | "unknown" {
    const source = this.#parse(APPLICATION_PATH);
    if (source === null || source === "unknown") return source;
    const application = readApplication(source);
    if (application !== null) return application;
    this.reports.push({
      message: "no call of defineApplication with an object here, so that no group can be wired",
      position: positionAt(source, 0),
    });
    return "unknown";
  }

  group(stub: GroupStub, application: ApplicationSource | null | "unknown"): GroupResult {
    const path = this.#locate(stub, application);
    const source = this.#parse(path);
    const wired = (exported: string | null) =>
      exported === null ? null : { serverType: stub.serverType, group: stub.group, path, exported };
    if (source === null) {
      this.#change(
        path,
        "created",
        printGroupFile(stub),
        stub.methods.map(({ route }) => route),
      );
      return { stub, wired: wired(stub.className), created: true };
    }
    if (source === "unknown") return { stub, wired: null, created: false };
    const found = findGroupClass(this.#root, source, stub);
    if ("message" in found) {
      this.reports.push(found);
      return { stub, wired: null, created: false };
    }
    const insertion = insertMethods(this.#root, source, found, stub);
    if (insertion !== null) {
      if ("message" in insertion) this.reports.push(insertion);
      else this.#change(path, "extended", insertion.text, insertion.added);
    }
    return { stub, wired: wired(exportedName(source, found.node)), created: false };
  }

  createApplication(model: Model, groups: readonly GroupResult[]): void {
    const wired = groups.flatMap((group) => group.wired ?? []);
    const text = printApplication(
      model.servers.map(({ name }) => name),
      wired,
    );
    this.#change(
      APPLICATION_PATH,
      "created",
      text,
      wired.map(({ serverType, group }) => `${serverType}.${group}`),
    );
  }

  extendApplication(application: ApplicationSource, model: Model, groups: readonly GroupResult[]): void {
    // Where something is spread in or built elsewhere, only a class that is new is certain to be missing.
    const whole = isComplete(application.object);
    const missing = groups.filter(({ stub, created }) => {
      const type = application.types.get(stub.serverType);
      if (type === undefined) return whole || created;
      if (type.wired.has(stub.group)) return false;
      return (type.groups !== null && isComplete(type.groups)) || created;
    });
    const wired = missing.flatMap((group) => group.wired ?? []);
    const types = model.servers
      .filter(({ name }) => !application.types.has(name))
      .filter(({ name, groups }) => (groups.length === 0 ? whole : wired.some(({ serverType }) => serverType === name)))
      .map(({ name }) => name);
    if (wired.length === 0 && types.length === 0) return;
    const { text, added, problems } = insertGroups(application, types, wired);
    this.reports.push(...problems);
    if (added.length > 0) this.#change(APPLICATION_PATH, "extended", text, added);
  }

  /** Where the application imports the group's class from; else where its stub stands or will stand. */
  #locate(stub: GroupStub, application: ApplicationSource | null | "unknown"): string {
    if (application === null || application === "unknown") return stub.path;
    const module = application.types.get(stub.serverType)?.wired.get(stub.group)?.module ?? null;
    return (module === null ? null : findModule(this.#root, module)) ?? stub.path;
  }

  #parse(path: string) {
    const text = this.#texts.get(path) ?? readText(this.#root, path);
    if (text === null) return null;
    if (text === undefined) {
      const position = { file: path, line: 1, column: 1 };
      this.reports.push({ message: "this file is not UTF-8, so that nothing can be added to it", position });
      return "unknown";
    }
    const source = parse(path, text);
    const error = syntaxError(source);
    if (error === null) return source;
    this.reports.push({ ...error, message: `nothing can be added to this file: ${error.message}` });
    return "unknown";
  }

  #change(path: string, kind: "created" | "extended", text: string, added: readonly string[]): void {
    this.#texts.set(path, text);
    const before = this.#changes.get(path);
    this.#changes.set(path, { kind: before?.kind ?? kind, added: [...(before?.added ?? []), ...added] });
  }
}
