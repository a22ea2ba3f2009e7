/** Loads a project's `gatesmith.config.ts` and `app/index.ts`: TypeScript, run as it stands. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Option } from "commander";
import type { Configuration, ConfigurationInput, RunnableApplication } from "../runtime/index.js";
import { CommandError, ExitCode } from "./command-error.js";
import { isBuilt } from "./own-package.js";
import { projectRoot } from "./project-root.js";

export const CONFIGURATION_FILE = "gatesmith.config.ts";
export const APPLICATION_FILE = "app/index.ts";

/** The option that every verb with a configuration takes. A new one each time: commander ties it to its command. */
export const environmentOption = () =>
  new Option(
    "--environment <name>",
    `one of ${CONFIGURATION_FILE} (default: what GATESMITH_ENVIRONMENT says, or none)`,
  );

/** What runs, and as it is configured here: for the environment, with `GATESMITH_*` of this process over it. */
export interface Project {
  readonly root: string;
  readonly application: RunnableApplication;
  readonly configuration: Configuration;
}

/** The project in a folder. Throws `CommandError` with all that is wrong. */
export async function loadProject(folder: string, environment: string | undefined): Promise<Project> {
  const root = projectRoot(folder, [CONFIGURATION_FILE, APPLICATION_FILE], ExitCode.CONFIGURATION);
  const input = await loadConfiguration(root);
  const application = await loadApplication(root);
  const { resolveConfiguration, ConfigurationError } = await import("../runtime/index.js");
  try {
    const options = { environment, variables: process.env };
    return { root, application, configuration: resolveConfiguration(input, application.manifest, options) };
  } catch (error) {
    throw error instanceof ConfigurationError ? new CommandError(error.message, ExitCode.CONFIGURATION) : error;
  }
}

/** What the configuration says here, without the application it is for, and so not checked. Throws `CommandError`. */
export async function loadSettings(
  root: string,
  serverTypes: readonly string[],
  environment: string | undefined,
): Promise<ConfigurationInput> {
  const input = await loadConfiguration(root);
  const { layeredSettings, ConfigurationError } = await import("../runtime/operate/configuration.js");
  try {
    const { settings, problems } = layeredSettings(input, serverTypes, { environment, variables: process.env });
    if (problems.length > 0) throw new ConfigurationError(problems);
    return settings as ConfigurationInput;
  } catch (error) {
    throw error instanceof ConfigurationError ? new CommandError(error.message, ExitCode.CONFIGURATION) : error;
  }
}

/** Throws `CommandError`, as `loadApplication` does, with what is wrong with the file and where. */
async function loadConfiguration(root: string): Promise<ConfigurationInput> {
  const configuration = await loadDefaultExport(root, CONFIGURATION_FILE, "export default defineConfig({ ... })");
  // What is in it is checked against the schema when the cluster starts.
  return configuration as ConfigurationInput;
}

export async function loadApplication(root: string): Promise<RunnableApplication> {
  const ending = "export default defineApplication({ ... })";
  const application = await loadDefaultExport(root, APPLICATION_FILE, ending);
  if (
    typeof application === "object" &&
    application !== null &&
    "manifest" in application &&
    "servers" in application
  ) {
    return application as RunnableApplication;
  }
  throw new CommandError(
    `${APPLICATION_FILE}: the default export is no application. The file should end with: ${ending}`,
    ExitCode.CONFIGURATION,
  );
}

async function loadDefaultExport(root: string, file: string, ending: string): Promise<unknown> {
  await registerTypeScript(root);
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(join(root, file)).href);
  } catch (error) {
    throw new CommandError(`${file} does not load: ${describeLoadError(error, root)}`, ExitCode.CONFIGURATION);
  }
  if (module.default === undefined) {
    throw new CommandError(
      `${file} has no default export. The file should end with: ${ending}`,
      ExitCode.CONFIGURATION,
    );
  }
  return module.default;
}

let registered = false;

/** In a checkout the process runs under tsx already. */
async function registerTypeScript(root: string): Promise<void> {
  if (!isBuilt || registered) return;
  registered = true;
  const { register } = await import("tsx/esm/api");
  const tsconfig = join(root, "tsconfig.json");
  register({ tsconfig: existsSync(tsconfig) ? tsconfig : false });
}

/** What went wrong and, when a file of the project is to blame, where. One line or two, and no stack of ours. */
function describeLoadError(error: unknown, root: string): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as NodeJS.ErrnoException).code;
  const message = shortenPaths(error.message.trim(), root);
  if (code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND") {
    if (message.includes("generated/")) return `${message}\nRun \`gatesmith generate\` first.`;
    if (message.includes("node_modules") || /Cannot find package/.test(message)) {
      return `${message}\nRun \`npm install\` first.`;
    }
    return message;
  }
  const place = firstPlaceInside(error.stack ?? "", root);
  return place === null || message.includes(place) ? message : `${message}\n    at ${place}`;
}

/** The first stack frame in one of the project's own files, as `file:line:column`. */
function firstPlaceInside(stack: string, root: string): string | null {
  for (const line of stack.split("\n")) {
    const found = /\(?((?:file:\/\/)?\/[^()\s]+):(\d+):(\d+)\)?$/.exec(line.trim());
    if (!found) continue;
    const [, location = "", lineNumber, column] = found;
    const path = location.startsWith("file:") ? fileURLToPath(location.replace(/\?.*$/, "")) : location;
    const inside = relative(root, path);
    if (!inside.startsWith("..") && !inside.startsWith("node_modules")) return `${inside}:${lineNumber}:${column}`;
  }
  return null;
}

const shortenPaths = (text: string, root: string) =>
  text.replaceAll(pathToFileURL(`${root}/`).href, "").replaceAll(`${root}/`, "");
