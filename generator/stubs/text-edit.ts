/** Edits of a user's file that only ever insert: every byte that was there is there afterwards, in the same order. */

export interface Insertion {
  readonly offset: number;
  readonly text: string;
}

/** Insertions at the same offset come out in the order given. */
export function insert(text: string, insertions: readonly Insertion[]): string {
  let result = "";
  let done = 0;
  for (const { offset, text: added } of [...insertions].sort((a, b) => a.offset - b.offset)) {
    result += text.slice(done, offset) + added;
    done = offset;
  }
  return result + text.slice(done);
}

/** Offset of the first character of the line that `offset` is on. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** The white space the line of `offset` begins with. */
export function indentationAt(text: string, offset: number): string {
  return /^[\t ]*/.exec(text.slice(lineStart(text, offset)))![0];
}

/** Whether nothing but white space stands before `offset` on its line. */
export function opensLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}
