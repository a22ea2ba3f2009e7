/** A listener's certificate and key, read from files, and read again when they change: no restart for a renewed certificate. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Logger } from "pino";

export interface TlsFiles {
  /** PEM: the certificate, followed by its chain. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
}

export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** Throws an Error that names the file that cannot be read, or says that the pair does not fit. */
export function readTlsFiles(files: TlsFiles): TlsMaterial {
  const read = (what: string, path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (error) {
      throw new Error(`tls.${what}: ${path} cannot be read: ${(error as Error).message}`);
    }
  };
  const material = { cert: read("certificate", files.certificate), key: read("key", files.key) };
  try {
    createSecureContext(material);
  } catch (error) {
    const text = `tls: ${files.certificate} and ${files.key} are not a certificate and its key in PEM`;
    throw new Error(`${text}: ${(error as Error).message}`);
  }
  return material;
}

/** Calls `renewed` whenever the files have changed and are a pair that fits; a pair that does not is logged and waited out. */
export async function watchTlsFiles(
  files: TlsFiles,
  log: Logger,
  renewed: (material: TlsMaterial) => void,
): Promise<{ close(): void }> {
  const { watch } = await import("chokidar");
  let current = readTlsFiles(files);
  const watcher = watch([files.certificate, files.key], { ignoreInitial: true });
  // Both files are written one after the other: between the two the pair may not fit.
  const changed = () => {
    try {
      const next = readTlsFiles(files);
      if (next.cert.equals(current.cert) && next.key.equals(current.key)) return;
      current = next;
      renewed(next);
      log.info({ certificate: files.certificate }, "certificate renewed");
    } catch (error) {
      log.warn({ err: error }, "the changed certificate is not used; the last good one stays");
    }
  };
  watcher.on("add", changed).on("change", changed);
  await new Promise<void>((resolve) => watcher.once("ready", resolve));
  return { close: () => void watcher.close() };
}
