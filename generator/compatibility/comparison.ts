/** Two schemas side by side: what of the previous one is what in the current one. Everything that a breaking rule reads. */
import type { EnumFacts, Facts, FieldFacts, MessageFacts, RouteFacts, Table } from "../facts.js";
import type { Model } from "../model.js";
import type { Places } from "../places.js";

/** The schema that is checked. */
export interface CurrentSchema {
  readonly model: Model;
  readonly facts: Facts;
  readonly places: Places;
  /** Former name of a route to its present one, as `was` declares it. */
  readonly renames: ReadonlyMap<string, string>;
  /** Whether its link ids come from a lock file: without one they are given anew each time. */
  readonly linked: boolean;
}

/** The schema it is compared with. */
export interface PreviousSchema {
  readonly version: number;
  readonly facts: Facts;
  readonly linked: boolean;
  /** Null when only its facts are left. */
  readonly model: Model | null;
  readonly places: Places | null;
}

/** Something of the previous schema, and what became of it; `current` is null when it is gone. */
export interface Pair<T> {
  /** What it was called. */
  readonly former: string;
  /** What it is called. */
  readonly name: string;
  readonly previous: T;
  readonly current: T | null;
}

export interface Kept<T> extends Pair<T> {
  readonly current: T;
}

export interface FieldPair {
  readonly message: Kept<MessageFacts>;
  readonly number: number;
  readonly previous: FieldFacts;
  /** Of the same number. */
  readonly current: FieldFacts | null;
}

export class Comparison {
  readonly previous: PreviousSchema;
  readonly current: CurrentSchema;
  readonly routes: readonly Pair<RouteFacts>[];
  /** Messages that are used in both schemas. */
  readonly messages: readonly Kept<MessageFacts>[];
  readonly enums: readonly Kept<EnumFacts>[];
  /** Fields of messages that are used in both schemas. */
  readonly fields: readonly FieldPair[];
  /** Types that clients of the previous schema send or receive, by their former names. */
  readonly #clientTypes: ReadonlySet<string>;
  /** All messages and enums there are now, used or not. */
  readonly #types: ReadonlySet<string>;
  readonly #renamedTypes = new Map<string, string>();

  constructor(previous: PreviousSchema, current: CurrentSchema) {
    this.previous = previous;
    this.current = current;
    this.#types = new Set(
      current.model.protoFiles.flatMap(({ messages, enums }) => [...messages, ...enums].map((type) => type.fullName)),
    );
    this.#clientTypes = clientTypes(previous.facts);
    this.routes = pairRoutes(previous, current);
    this.#findRenamedTypes();
    this.messages = this.#pairTypes(previous.facts.messages, current.facts.messages);
    this.enums = this.#pairTypes(previous.facts.enums, current.facts.enums);
    this.fields = this.messages.flatMap((message) =>
      Object.entries(message.previous.fields).map(([number, field]) => ({
        message,
        number: Number(number),
        previous: field,
        current: own(message.current.fields, number) ?? null,
      })),
    );
  }

  /** Whether only servers ever see a type of the previous schema. */
  isBetweenServers(former: string): boolean {
    return !this.#clientTypes.has(former);
  }

  /** Whether clients had no business with a server type of the previous schema: it had neither routes of theirs nor pushes. */
  isHidden(serverType: string): boolean {
    const { servers, routes } = this.previous.facts;
    if (own(servers, serverType)?.kind !== "backend") return false;
    return Object.entries(routes).every(([route, { kind }]) => kind === "rpc" || !route.startsWith(`${serverType}.`));
  }

  /** Present name of a message or enum; null when it is gone. */
  typeNow(former: string): string | null {
    return this.#types.has(former) ? former : (this.#renamedTypes.get(former) ?? null);
  }

  /** Whether a type named in the previous schema is the one named in the current one. */
  isSameType(former: string, name: string): boolean {
    return (this.typeNow(former) ?? former) === name;
  }

  #pairTypes<T>(previous: Table<T>, current: Table<T>): Kept<T>[] {
    return Object.entries(previous).flatMap(([former, facts]) => {
      const name = this.typeNow(former);
      const now = name === null ? undefined : own(current, name);
      return name === null || now === undefined ? [] : [{ former, name, previous: facts, current: now }];
    });
  }

  /**
   * A type that is gone was renamed if a new one stands in every place that it had. What it is made of is then compared like that of a
   * type that kept its name.
   */
  #findRenamedTypes(): void {
    for (let found = -1; found !== this.#renamedTypes.size; ) {
      found = this.#renamedTypes.size;
      const heirs = new Map<string, Set<string>>();
      for (const [former, name] of this.#typePlaces()) heirs.set(former, (heirs.get(former) ?? new Set()).add(name));
      for (const [former, names] of heirs) {
        const [name] = names;
        if (names.size === 1 && this.#isHeir(former, name!)) this.#renamedTypes.set(former, name!);
      }
    }
  }

  #isHeir(former: string, name: string): boolean {
    const { facts } = this.previous;
    const taken = own(facts.messages, name) !== undefined || own(facts.enums, name) !== undefined;
    const isMessage = own(facts.messages, former) !== undefined;
    const becameMessage = own(this.current.facts.messages, name) !== undefined;
    return !taken && this.typeNow(former) === null && this.#types.has(name) && isMessage === becameMessage;
  }

  /** Every place where both schemas have a type that is no scalar: the former one, and the one that is there now. */
  *#typePlaces(): Iterable<[former: string, name: string]> {
    const [before, now] = [this.previous.facts, this.current.facts];
    if (before.session !== null && now.session !== null) yield [before.session, now.session];
    for (const { previous, current } of this.routes) {
      if (current === null) continue;
      yield [previous.message, current.message];
      if (previous.response !== undefined && current.response !== undefined) {
        yield [previous.response, current.response];
      }
    }
    for (const { previous, current } of this.#pairTypes(before.messages, now.messages)) {
      for (const [number, field] of Object.entries(previous.fields)) {
        const other = own(current.fields, number);
        if (other !== undefined) yield [field.type, other.type];
      }
    }
  }
}

function clientTypes({ routes, protocols, messages }: Facts): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { kind, message, response } of Object.values(routes)) {
    if (kind === "rpc") continue;
    found.add(message);
    if (response !== undefined) found.add(response);
  }
  for (const { control } of Object.values(protocols)) {
    const { kick } = (control ?? {}) as { readonly kick?: { readonly message: string } };
    if (kick !== undefined) found.add(kick.message);
  }
  // A set may grow while it is walked; what is added is still visited.
  for (const type of found) {
    for (const field of Object.values(own(messages, type)?.fields ?? {})) found.add(field.type);
  }
  return found;
}

/** By name, by what a route says it `was`, or by the number it has between servers. */
function pairRoutes(previous: PreviousSchema, current: CurrentSchema): Pair<RouteFacts>[] {
  const now = current.facts.routes;
  const byLink = new Map(Object.entries(now).map(([route, { link }]) => [link, route]));
  const nameOf = (former: string, { link }: RouteFacts): string | null => {
    if (own(now, former) !== undefined) return former;
    const declared = current.renames.get(former);
    if (declared !== undefined) return declared;
    const linked = previous.linked && current.linked ? byLink.get(link) : undefined;
    return linked !== undefined && own(previous.facts.routes, linked) === undefined ? linked : null;
  };
  return Object.entries(previous.facts.routes).map(([former, facts]) => {
    const name = nameOf(former, facts);
    return { former, name: name ?? former, previous: facts, current: name === null ? null : (own(now, name) ?? null) };
  });
}

/** Names come from schemas; a table must not answer for what every object has. */
export function own<T>(table: Table<T>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}
