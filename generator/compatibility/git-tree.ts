/** Reads files of a commit with git's own commands. Nothing in the work tree or the index is touched. */
import { execFileSync } from "node:child_process";
import { PreviousError } from "./previous-error.js";

/** Bytes that git may print; a large repository lists many files. */
const MOST_OUTPUT = 1024 * 1024 * 1024;

/** What git calls a symbolic link. */
export const SYMBOLIC_LINK = "120000";

export interface GitFile {
  readonly mode: string;
  readonly object: string;
}

export class GitTree {
  /** By path from the repository's top folder, with forward slashes. */
  readonly files: ReadonlyMap<string, GitFile>;
  /** Absolute path of the repository's top folder. */
  readonly top: string;

  /** The files of what `ref` names, in the repository around `folder`; null when git knows no such commit. Throws PreviousError. */
  static of(folder: string, ref: string): GitTree | null {
    const commit = attempt(folder, "rev-parse", "--verify", "--quiet", `${ref}^{commit}`);
    if (commit === null) return null;
    return new GitTree(git(folder, "rev-parse", "--show-toplevel").toString().trimEnd(), commit);
  }

  private constructor(top: string, commit: string) {
    this.top = top;
    const entries = git(top, "ls-tree", "-r", "-z", "--full-tree", commit).toString().split("\0");
    this.files = new Map(
      entries.flatMap((entry): [string, GitFile][] => {
        const [, mode = "", type, object = "", path = ""] = /^(\d+) (\w+) (\w+)\t(.*)$/s.exec(entry) ?? [];
        return type === "blob" ? [[path, { mode, object }]] : [];
      }),
    );
  }

  /** Contents of these paths, all of which must be there. */
  read(paths: readonly string[]): Map<string, Buffer> {
    const objects = paths.map((path) => this.files.get(path)!.object);
    const output = git(this.top, { input: objects.join("\n") }, "cat-file", "--batch");
    const contents = new Map<string, Buffer>();
    let at = 0;
    for (const path of paths) {
      // `<object> blob <size>`, a newline, the bytes, a newline.
      const end = output.indexOf(10, at);
      const size = Number(output.toString("latin1", at, end).split(" ")[2]);
      contents.set(path, output.subarray(end + 1, end + 1 + size));
      at = end + 1 + size + 1;
    }
    return contents;
  }
}

function git(folder: string, ...args: [{ input: string }, ...string[]] | string[]): Buffer {
  const [first, ...rest] = args;
  const [input, words] = typeof first === "object" ? [first.input, rest as string[]] : [undefined, args as string[]];
  try {
    // Even a question may refresh the index unless it is told not to.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: "0" };
    return execFileSync("git", words, { cwd: folder, env, input, maxBuffer: MOST_OUTPUT, stdio: "pipe" });
  } catch (error) {
    const { code, stderr } = error as NodeJS.ErrnoException & { stderr?: Buffer };
    if (code === "ENOENT") throw new PreviousError("git is not installed; compare with a folder instead");
    throw new PreviousError(`git ${words[0]} failed: ${stderr?.toString().trim() || (error as Error).message}`);
  }
}

/** What git prints, or null when it says no. */
function attempt(folder: string, ...words: string[]): string | null {
  try {
    return git(folder, ...words)
      .toString()
      .trimEnd();
  } catch (error) {
    if (error instanceof PreviousError && !error.message.startsWith("git is not")) return null;
    throw error;
  }
}
