/** Certificates that sign themselves, made by openssl. */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";
import { installDebian } from "../../support/install-debian.js";

const run = promisify(execFile);

export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A folder with a listener's two files in it, which goes when the test is over. */
export class Certificates {
  readonly folder: string;
  /** What a listener is configured with. */
  readonly files: Pair;
  private readonly openssl: string;

  private constructor(folder: string, openssl: string) {
    this.folder = folder;
    this.openssl = openssl;
    this.files = { certificate: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  }

  /** The listener's files hold a certificate for `name`. */
  static async of(name: string): Promise<Certificates> {
    const openssl = await installDebian("openssl", "openssl");
    const folder = await mkdtemp(join(tmpdir(), "gatesmith-tls-"));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const certificates = new Certificates(folder, openssl);
    await certificates.install(await certificates.make(name));
    return certificates;
  }

  /** Makes a pair beside the listener's. */
  async make(name: string): Promise<Pair> {
    const pair = { certificate: join(this.folder, `${name}.pem`), key: join(this.folder, `${name}.key`) };
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const names = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const out = ["-keyout", pair.key, "-out", pair.certificate];
    await run(this.openssl, ["req", "-x509", "-days", "2", ...curve, ...names, ...out]);
    return pair;
  }

  /** Puts a pair where the listener looks, as a renewal does: each file whole, one after the other. */
  async install({ certificate, key }: Pair): Promise<void> {
    await this.put(this.files.certificate, await readFile(certificate, "utf8"));
    await this.put(this.files.key, await readFile(key, "utf8"));
  }

  async put(file: string, text: string): Promise<void> {
    await writeFile(`${file}.new`, text);
    await rename(`${file}.new`, file);
  }
}
