/**
 * One encode and one decode of a message: the generated codecs beside protobufjs's static code, protobuf-es and JSON; and of a header,
 * beside one written by hand. All in one process, in turn.
 */
import { execFileSync, fork } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { build } from "esbuild";
import protobuf from "protobufjs";
import "protobufjs/ext/descriptor/index.js";
import { loadProject } from "../../generator/load/index.js";
import { parseProtos } from "../../generator/load/parse-protos.js";
import { printLayouts, printMessages, wireBeside } from "../../generator/print/typescript/index.js";
import type { CodecSamples } from "../codecs/measure.js";
import { BUILD } from "../server-process.js";
import { type MeasuredRow, median, rounded, type SuiteOptions } from "./suite.js";

const HERE = new URL("..", import.meta.url).pathname;
const ROOT = join(HERE, "..");
const PROTO = "messages.proto";

/** Whom each row is compared with. */
const BESIDE: Readonly<Record<string, string>> = { header: "by-hand" };

export async function codecs(options: SuiteOptions): Promise<MeasuredRow[]> {
  options.progress("generating what is measured");
  await generate();
  const program = await compile();
  options.progress(`measuring ${options.rounds} rounds, and one before them that does not count`);
  const samples = await measure(program, options);
  return samples.map((each) => {
    const beside = samples.find(({ row, name }) => row === each.row && name === (BESIDE[row] ?? "protobufjs"))!;
    const perSecond = median(each.perSecond);
    return {
      name: each.name === "generated" ? each.row : `${each.row}/${each.name}`,
      connections: 0,
      inFlight: 0,
      perSecond: Math.round(perSecond),
      ratio: rounded(median(each.perSecond.map((rate, round) => rate / beside.perSecond[round]!))),
      p50: null,
      p99: null,
      nanoseconds: Math.round(1e9 / perSecond),
      loadShare: null,
      serverShare: null,
    };
  });
}

/** Our code, protobufjs's code and descriptors for protobuf-es, all of the same file. */
async function generate(): Promise<void> {
  const folder = join(BUILD, "codecs");
  mkdirSync(folder, { recursive: true });
  const position = { file: "", line: 1, column: 1 };
  const { files, diagnostics } = parseProtos(HERE, `../codecs/${PROTO}`, position);
  if (diagnostics.length > 0) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  const wire = wireBeside("../../../wire");
  writeFileSync(join(folder, "messages.ts"), printMessages(files[0]!, { protoFiles: files }, wire));
  const { model } = await loadProject(ROOT);
  writeFileSync(join(folder, "layouts.ts"), printLayouts({ protocols: model!.protocols, internal: null }, wire));
  const proto = join(HERE, "codecs", PROTO);
  const pbjs = createRequire(import.meta.url).resolve("protobufjs-cli/bin/pbjs");
  execFileSync(process.execPath, [
    pbjs,
    "-t",
    "static-module",
    "-w",
    "commonjs",
    "-o",
    join(folder, "static.cjs"),
    proto,
  ]);
  const root = protobuf.parse(readFileSync(proto, "utf8")).root as protobuf.Root & {
    toDescriptor(edition: string): protobuf.Message;
  };
  root.resolveAll();
  const descriptors = root.toDescriptor("proto3");
  writeFileSync(join(folder, "descriptors"), descriptors.$type.encode(descriptors).finish());
}

/** File by file, as an installed package is. */
async function compile(): Promise<string> {
  const outdir = join(BUILD, "codecs-compiled");
  await build({
    absWorkingDir: ROOT,
    entryPoints: ["wire/**/*.ts", "bench/codecs/*.ts", "bench/build/codecs/*.ts"],
    outbase: ROOT,
    outdir,
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
  writeFileSync(join(outdir, "package.json"), JSON.stringify({ type: "module" }));
  for (const file of ["static.cjs", "descriptors"]) {
    cpSync(join(BUILD, "codecs", file), join(outdir, "bench/build/codecs", file));
  }
  return join(outdir, "bench/codecs/measure.js");
}

/** A quarter of the suites' usual time is plenty for each of so many samples. */
function measure(program: string, { rounds, seconds, profile }: SuiteOptions): Promise<CodecSamples[]> {
  const execArgv = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`];
  const child = fork(program, [String(rounds), String(seconds / 4)], { execArgv });
  return new Promise((resolve, reject) => {
    let samples: CodecSamples[] | null = null;
    child.once("message", (message) => {
      samples = message as CodecSamples[];
      child.disconnect();
    });
    child.once("exit", (code, signal) => {
      if (samples === null) reject(new Error(`the measuring process ended with ${code ?? signal}`));
      else resolve(samples);
    });
  });
}
