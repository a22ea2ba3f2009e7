/** All targets, in the order in which they are written. */
import { clientTypescriptTarget } from "./client-typescript/index.js";
import { serverTarget } from "./server/index.js";
import type { Target } from "./target.js";

export const targets: readonly Target[] = [serverTarget, clientTypescriptTarget];
