/**
 * Where a schema function was called. The loader runs schema files through a compiler that moves columns, so what is captured here
 * is a position in the code that ran; `generator/load/sources.ts` turns it into the one the author sees.
 */
export interface Site {
  /** Absolute path or `file:` URL; empty when the call had no file. */
  readonly file: string;
  /** Counts from 1. */
  readonly line: number;
  /** Counts from 1. */
  readonly column: number;
}

/** What every definition has: which function made it, and where that was called. */
export interface Definition<Kind extends string> {
  readonly definition: Kind;
  readonly site: Site;
}

const NOWHERE: Site = Object.freeze({ file: "", line: 1, column: 1 });

/** The call of `callee` that is running now: the nearest frame outside it that belongs to a file. */
export function callSite(callee: (...args: never[]) => unknown): Site {
  const { prepareStackTrace, stackTraceLimit } = Error;
  const holder: { stack?: unknown } = {};
  try {
    // Other tools hook this too, and would rewrite the frames before we see them.
    Error.prepareStackTrace = (_error, frames) => frames;
    Error.stackTraceLimit = 10;
    Error.captureStackTrace(holder, callee);
    for (const frame of holder.stack as NodeJS.CallSite[]) {
      const file = frame.getFileName() ?? "";
      const line = frame.getLineNumber();
      const column = frame.getColumnNumber();
      if (file === "" || file.startsWith("node:") || line === null || column === null) continue;
      return Object.freeze({ file, line, column });
    }
    return NOWHERE;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}
