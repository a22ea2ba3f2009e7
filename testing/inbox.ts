/** Collects what a subscription tells, so that a test can wait for it: `const lines = inbox(ann.chat.onChat)`. */

export interface Inbox<Message> {
  /** Everything that came, oldest first. */
  readonly messages: readonly Message[];
  /** The oldest message that no `next` has returned yet; waits until there is one. */
  next(): Promise<Message>;
}

/** @param subscribe a push of a generated client, or anything else that calls a listener */
export function inbox<Message>(subscribe: (listener: (message: Message) => void) => unknown): Inbox<Message> {
  const messages: Message[] = [];
  const waiting: ((message: Message) => void)[] = [];
  let taken = 0;
  subscribe((message) => {
    messages.push(message);
    const resolve = waiting.shift();
    if (resolve === undefined) return;
    taken++;
    resolve(message);
  });
  return {
    messages,
    next: () =>
      taken < messages.length
        ? Promise.resolve(messages[taken++]!)
        : new Promise((resolve) => {
            waiting.push(resolve);
          }),
  };
}
