/** protobuf's own compiler, as Debian has it: what it makes of files, of bytes and of text. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { WELL_KNOWN, wellKnownText } from "../../generator/load/well-known-protos.js";
import { installDebian } from "./install-debian.js";

export class Protoc {
  readonly #command: string;
  readonly #folder: string;
  readonly #files: readonly string[];

  private constructor(command: string, folder: string, files: readonly string[]) {
    this.#command = command;
    this.#folder = folder;
    this.#files = files;
  }

  /** For files whose texts are given by name without `.proto`. */
  static async of(sources: Readonly<Record<string, string>>): Promise<Protoc> {
    const command = await installDebian("protoc", "protobuf-compiler");
    const folder = mkdtempSync(join(tmpdir(), "gatesmith-protoc-"));
    const write = (path: string, text: string) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    };
    // Debian keeps protobuf's own files in another package; ours must do as well.
    for (const path of WELL_KNOWN) write(path, wellKnownText(path));
    for (const [name, text] of Object.entries(sources)) write(`${name}.proto`, text);
    return new Protoc(
      command,
      folder,
      Object.keys(sources).map((name) => `${name}.proto`),
    );
  }

  /** A `FileDescriptorSet` of all files and what they import. */
  async descriptors(): Promise<Uint8Array> {
    const output = join(this.#folder, "descriptors");
    await this.#run([`--descriptor_set_out=${output}`, "--include_imports"], new Uint8Array(0));
    return readFileSync(output);
  }

  /** The message's fields as protobuf's text format. */
  async decode(message: string, bytes: Uint8Array): Promise<string> {
    return (await this.#run([`--decode=${message}`], bytes)).toString("utf8");
  }

  async encode(message: string, text: string): Promise<Uint8Array> {
    return this.#run([`--encode=${message}`, "--deterministic_output"], Buffer.from(text));
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #run(options: readonly string[], input: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        this.#command,
        [...options, `--proto_path=${this.#folder}`, ...this.#files],
        { encoding: "buffer", maxBuffer: 64 * 1024 * 1024 },
        (error, stdout, stderr) => {
          if (error === null) resolve(stdout);
          else reject(new Error(`protoc ${options.join(" ")}: ${stderr.toString("utf8")}`));
        },
      );
      child.stdin!.end(input);
    });
  }
}
