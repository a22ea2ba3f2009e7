/** Names that generated code cannot use, by language. A language is added here before its target is. */

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter((word) => word !== ""));

/** Language to the words that are its own. */
export const RESERVED_WORDS: ReadonlyMap<string, ReadonlySet<string>> = new Map([
  [
    "TypeScript",
    words(`
      arguments await break case catch class const continue debugger default delete do else enum eval export extends false finally
      for function if implements import in instanceof interface let new null package private protected public return static super
      switch this throw true try typeof undefined var void while with yield
    `),
  ],
  [
    "C#",
    words(`
      abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else enum
      event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long namespace
      new null object operator out override params private protected public readonly ref return sbyte sealed short sizeof stackalloc
      static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using virtual void volatile while
    `),
  ],
]);

/** What every JavaScript object has already. */
export const INHERITED_NAMES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  "prototype",
]);

/** What a group's class has or may have besides its routes. */
export const GROUP_MEMBERS: ReadonlySet<string> = words("onStart onReady onStop onSessionClosed server");

/** `await` treats an object with a member of this name as a promise. */
export const THENABLE = "then";

/** Languages in which `name` is a word of the language itself. */
export function languagesReserving(name: string): string[] {
  return [...RESERVED_WORDS].filter(([, reserved]) => reserved.has(name)).map(([language]) => language);
}
