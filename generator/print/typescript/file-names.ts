/** What the declarations of a `.proto` file are called in TypeScript: the same for the module itself and for those that import it. */
import type { ProtoFile } from "../../model.js";
import { NameSet, safeIdentifier } from "../names.js";

export interface MessageNames {
  /** The interface, and the codec beside it: `Outer_Inner`. */
  readonly type: string;
  readonly encode: string;
  readonly decode: string;
  readonly create: string;
  /** Appends without restoring the slab when it throws. */
  readonly write: string;
  /** Reads, and counts nesting. */
  readonly read: string;
  /** Makes sure of what a message read requires. */
  readonly check: string;
}

export interface FileNames {
  readonly messages: ReadonlyMap<string, MessageNames>;
  readonly enums: ReadonlyMap<string, string>;
  /** Closed enums: the function that knows their values. */
  readonly guards: ReadonlyMap<string, string>;
  /** Every name declared at the top of the module. */
  readonly all: ReadonlySet<string>;
}

export function namesOf(file: ProtoFile): FileNames {
  const taken = new NameSet();
  const type = (name: string) => taken.take(safeIdentifier(name.replaceAll(".", "_")));
  // Types before functions: what users see keeps its plain name.
  const enums = new Map(file.enums.map(({ fullName, name }) => [fullName, type(name)]));
  const types = file.messages.map(({ fullName, name }) => ({ fullName, type: type(name) }));
  const messages = new Map(
    types.map(({ fullName, type }) => [
      fullName,
      {
        type,
        encode: taken.take(`encode${type}`),
        decode: taken.take(`decode${type}`),
        create: taken.take(`create${type}`),
        write: taken.take(`write${type}`),
        read: taken.take(`read${type}`),
        check: taken.take(`check${type}`),
      },
    ]),
  );
  const closed = file.enums.filter((type) => type.closed);
  const guards = new Map(closed.map(({ fullName }) => [fullName, taken.take(`is${enums.get(fullName)}`)]));
  const all = new Set([
    ...enums.values(),
    ...guards.values(),
    ...[...messages.values()].flatMap((names) => Object.values(names)),
  ]);
  return { messages, enums, guards, all };
}
