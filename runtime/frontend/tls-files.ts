/** A listener's certificate and key, read from files, and read again when they change: no restart for a renewed certificate. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import type { Logger } from "pino";
import type { Timer, Timing } from "../../wire/timing.js";
import { ListenError } from "./listener.js";

export interface TlsFiles {
  /** PEM: the certificate, followed by its chain. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
}

/**
 * How often the files are looked at. Milliseconds. Their contents, not their events or dates: whatever renews a certificate (a rename, a
 * link that points elsewhere, a mounted secret) is noticed.
 */
const INTERVAL = 1_000;

/** Throws ListenError, which names the file that cannot be read, or says that the pair does not fit. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const read = (what: keyof TlsFiles): string => {
    try {
      return readFileSync(files[what], "utf8");
    } catch (error) {
      throw unreadable(files, what, error);
    }
  };
  return checked(files, { cert: read("certificate"), key: read("key") });
}

export interface TlsWatch {
  readonly files: TlsFiles;
  /** What is in use. */
  readonly current: TlsMaterial;
  readonly timing: Timing;
  readonly log: Logger;
  /** The files have changed and are a pair that fits. Throws when they cannot be used all the same. */
  readonly renewed: (material: TlsMaterial) => void;
}

/** Calls `renewed` when the files have changed. A pair that does not fit is logged, and what is in use stays. */
export function watchTlsFiles(watch: TlsWatch): { close(): void } {
  const { files, timing, log } = watch;
  let inUse = textOf(watch.current);
  let seen = inUse;
  let closed = false;
  let timer: Timer;
  const use = (material: TlsMaterial) => {
    const text = textOf(material);
    if (text === seen) return;
    seen = text;
    // Back to what is in use: nothing happened.
    if (text === inUse) return;
    watch.renewed(checked(files, material));
    inUse = text;
    log.info({ certificate: files.certificate }, "certificate renewed");
  };
  const refuse = (error: unknown) => {
    const text = "the changed certificate is not used; the last good one stays";
    log.warn({ err: error, certificate: files.certificate }, text);
  };
  const look = async () => {
    try {
      const material = await readNow(files);
      if (!closed) use(material);
    } catch (error) {
      // A file that cannot be read is said once, not every second.
      const unread = error instanceof UnreadableFile;
      if (!closed && !(unread && seen === error.message)) refuse(error);
      if (unread) seen = error.message;
    }
    if (!closed) timer = timing.after(INTERVAL, look);
  };
  timer = timing.after(INTERVAL, look);
  return {
    close() {
      closed = true;
      timer.cancel();
    },
  };
}

class UnreadableFile extends ListenError {}

async function readNow(files: TlsFiles): Promise<TlsMaterial> {
  const read = async (what: keyof TlsFiles): Promise<string> => {
    try {
      return await readFile(files[what], "utf8");
    } catch (error) {
      throw unreadable(files, what, error);
    }
  };
  return { cert: await read("certificate"), key: await read("key") };
}

function unreadable(files: TlsFiles, what: keyof TlsFiles, error: unknown): UnreadableFile {
  return new UnreadableFile(`tls.${what}: ${files[what]} cannot be read: ${(error as Error).message}`);
}

function checked(files: TlsFiles, material: TlsMaterial): TlsMaterial {
  try {
    createSecureContext(material);
  } catch (error) {
    const text = `tls: ${files.certificate} and ${files.key} are not a certificate and its key in PEM`;
    throw new ListenError(`${text}: ${(error as Error).message}`);
  }
  return material;
}

function textOf({ cert, key }: TlsMaterial): string {
  return `${cert}\0${key}`;
}
