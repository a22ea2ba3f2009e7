/** The side of a measured server's process that answers the suite: where it listens, and how much memory it holds. */

/** From the suite: report memory. To it: what the process holds after a full collection. */
export interface MemoryReport {
  /** Bytes in RAM, all told. */
  readonly rss: number;
  /** Bytes of live JavaScript objects. */
  readonly heap: number;
  /** Bytes outside the heap that JavaScript objects hold. */
  readonly external: number;
}

export type ToChild = { readonly ask: "memory" };
export type FromChild = { readonly listening: number } | { readonly memory: MemoryReport };

/** Tells the suite the port, and serves its questions until it goes away. */
export function serveSuite(port: number): void {
  const send = process.send?.bind(process) as ((message: FromChild) => void) | undefined;
  if (send === undefined) throw new Error("this server is started by a suite: npm run bench -- routes");
  process.on("message", (_question: ToChild) => send({ memory: memoryNow() }));
  process.on("disconnect", () => process.exit(0));
  send({ listening: port });
}

function memoryNow(): MemoryReport {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error("measured servers run with --expose-gc");
  touchYoungGeneration();
  // Twice: the first run queues finalizers, the second frees what they held.
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed, external };
}

/**
 * Uses up the young generation a few times over. It is a fixed amount of memory that a busy server touches sooner or later; had it
 * been touched in part before, the rest would look like the cost of whatever was opened since.
 */
function touchYoungGeneration(): void {
  for (let count = 0; count < 1_000_000; count++) scratch = [count, count, count, count];
  scratch = [];
}

// Seen from outside of the loop, so that no compiler leaves the arrays out.
export let scratch: number[] = [];
