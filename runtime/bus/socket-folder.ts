/** Where servers of one machine find each other: a folder with one socket for each, named after its incarnation. */
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { dirname, join, resolve } from "node:path";
import type { Address } from "./bus.js";
import { BusError } from "./bus-error.js";

/** Bytes of a socket's path, the shorter of what systems allow. */
const LONGEST_PATH = 103;

const ROOT = 0;

/** The group and everybody else. */
const OTHERS_WRITE = 0o022;

const HIGHEST_INCARNATION = 0x7fff_ffff;

const NAME = /^([A-Za-z0-9_-]+)\.([0-9]{1,10})\.sock$/;

export class SocketFolder {
  readonly path: string;
  private readonly make: boolean;

  /** `make` false: it is not made when it is missing. */
  constructor(path: string, { make = true } = {}) {
    this.path = resolve(path);
    this.make = make;
  }

  socketOf({ id, incarnation }: Address): string {
    return join(this.path, `${id}.${incarnation}.sock`);
  }

  /** Binds a server to its socket. The name appears when somebody listens there. Rejects with BusError. */
  async listen(server: Server, self: Address): Promise<void> {
    const final = this.socketOf(self);
    this.checkLength(final);
    const unfinished = final.replace(/\.sock$/, ".new");
    try {
      await this.open(server, unfinished);
      await chmod(unfinished, 0o600);
      await rename(unfinished, final);
    } catch (error) {
      throw this.unusable(server, error);
    }
  }

  /** Whether servers of these ids could listen here: tries it, under a name that nobody looks for. Rejects with BusError. */
  async check(ids: readonly string[]): Promise<void> {
    const longest = ids.reduce((one, other) => (other.length > one.length ? other : one));
    this.checkLength(this.socketOf({ id: longest, incarnation: HIGHEST_INCARNATION }));
    const server = createServer();
    try {
      await this.open(server, join(this.path, `check-${process.pid}.new`));
    } catch (error) {
      throw this.unusable(server, error);
    }
    await new Promise((closed) => server.close(closed));
  }

  private checkLength(socket: string): void {
    const excess = Buffer.byteLength(socket) - LONGEST_PATH;
    if (excess <= 0) return;
    const bytes = excess === 1 ? "1 byte" : `${excess} bytes`;
    throw new BusError(`bus.folder: ${this.path} is ${bytes} too long for sockets in it`);
  }

  private async open(server: Server, path: string): Promise<void> {
    if (this.make) await makeFolder(this.path);
    else if (!existsSync(this.path)) {
      throw new BusError(`bus.folder: ${this.path} is missing: no server has been started with this folder`);
    }
    await this.checkAccess();
    await new Promise<void>((done, failed) => {
      server.once("error", failed);
      server.listen(path, () => {
        server.off("error", failed);
        done();
      });
    });
  }

  /**
   * Whoever else may write here could put a socket of its own in place of a server's, and pass on both ways what the two prove to each
   * other: a handshake that goes through somebody is as good as one that does not.
   */
  private async checkAccess(): Promise<void> {
    const found = await stat(this.path);
    if (!found.isDirectory()) throw new BusError(`bus.folder: ${this.path} is a file, and should be a folder`);
    const user = process.getuid?.();
    // A system without users of this kind.
    if (user === undefined) return;
    const { path } = this;
    const { uid, mode } = found;
    if (uid !== user && uid !== ROOT) {
      throw new BusError(
        `bus.folder: ${path} belongs to user ${uid}, and this process runs as ${user}: whoever owns it could listen in. Name a folder that is this user's own, with mode 700`,
      );
    }
    if ((mode & OTHERS_WRITE) === 0) return;
    throw new BusError(
      `bus.folder: others may write to ${path} (mode ${(mode & 0o7777).toString(8)}), and could listen in: chmod 700 ${path}`,
    );
  }

  private unusable(server: Server, error: unknown): BusError {
    server.close();
    if (error instanceof BusError) return error;
    return new BusError(`bus.folder: no socket can be made in ${this.path}: ${(error as Error).message}`);
  }

  /** Everybody who has a socket here, alive or not: nobody where there is no folder any more. */
  async list(): Promise<Address[]> {
    const names = await readdir(this.path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return [];
      throw error;
    });
    return names.flatMap((name) => {
      const [, id, incarnation] = NAME.exec(name) ?? [];
      return id === undefined ? [] : [{ id, incarnation: Number(incarnation) }];
    });
  }

  /** Takes away a socket that nobody listens to. Incarnations are never used again, so it is nobody else's. */
  async remove(address: Address): Promise<void> {
    await rm(this.socketOf(address), { force: true });
  }
}

/**
 * Makes a folder, for its user alone, and those above it that are missing. Not `recursive`: where the system makes no folder and says
 * that its parent is missing, as below /proc, that tries for ever.
 */
async function makeFolder(path: string, again = true): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || !again) throw error;
    await makeFolder(dirname(path));
    await makeFolder(path, false);
  }
}
