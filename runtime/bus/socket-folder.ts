/** Where servers of one machine find each other: a folder with one socket for each, named after its incarnation. */
import { chmod, mkdir, readdir, rename, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { join, resolve } from "node:path";
import type { Address } from "./bus.js";
import { BusError } from "./bus-error.js";

/** Bytes of a socket's path, the shorter of what systems allow. */
const LONGEST_PATH = 103;

const NAME = /^([A-Za-z0-9_-]+)\.([0-9]{1,10})\.sock$/;

export class SocketFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  socketOf({ id, incarnation }: Address): string {
    return join(this.path, `${id}.${incarnation}.sock`);
  }

  /** Binds a server to its socket. The name appears when somebody listens there. Rejects with BusError. */
  async listen(server: Server, self: Address): Promise<void> {
    const final = this.socketOf(self);
    const excess = Buffer.byteLength(final) - LONGEST_PATH;
    if (excess > 0) throw new BusError(`bus.folder: ${this.path} is ${excess} bytes too long for sockets in it`);
    const unfinished = final.replace(/\.sock$/, ".new");
    try {
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await new Promise<void>((done, failed) => {
        server.once("error", failed);
        server.listen(unfinished, () => {
          server.off("error", failed);
          done();
        });
      });
      await chmod(unfinished, 0o600);
      await rename(unfinished, final);
    } catch (error) {
      server.close();
      throw new BusError(`bus.folder: no socket can be made in ${this.path}: ${(error as Error).message}`);
    }
  }

  /** Everybody who has a socket here, alive or not. */
  async list(): Promise<Address[]> {
    const names = await readdir(this.path);
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
