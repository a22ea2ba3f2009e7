/**
 * The joins and leaves that a home has passed on to one frontend and that this has not confirmed: if packets were lost, they are said
 * again, and the frontend knows by their numbers which it has taken.
 */
import type { Notice } from "../cluster/notice.js";

export class MemberChanges {
  private readonly unconfirmed: Notice[] = [];
  private last = 0;

  get size(): number {
    return this.unconfirmed.length;
  }

  /** The change with its number, as it is to be said. */
  add(change: Omit<Notice, "correlation">): Notice {
    this.last++;
    const notice = { ...change, correlation: this.last };
    this.unconfirmed.push(notice);
    return notice;
  }

  /** The frontend has all up to this number. */
  confirm(number: number): void {
    let count = 0;
    while (count < this.unconfirmed.length && this.unconfirmed[count]!.correlation <= number) count++;
    this.unconfirmed.splice(0, count);
  }

  [Symbol.iterator](): IterableIterator<Notice> {
    return this.unconfirmed.values();
  }
}
