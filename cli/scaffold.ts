/** The files of a new project: the package's own schema, application and test of it, and what a package of its own needs around them. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { packageRoot } from "../generator/package.js";
import { CommandError } from "./command-error.js";
import { readOwnPackage } from "./own-package.js";

/** Copied as they are. They are the reference application, so what a new project starts with is always tested. */
const TEMPLATES = ["schema", "app", "test/chat.test.ts", "gatesmith.config.ts"];

export interface Scaffold {
  readonly root: string;
  /** Paths in it, in order. */
  readonly files: readonly string[];
}

/**
 * Writes a new project.
 *
 * @param dependency what `package.json` says gatesmith is: a version, or the path of a tarball or folder
 */
export function scaffold(folder: string, dependency?: string): Scaffold {
  const root = resolve(folder);
  refuseUnlessEmpty(root);
  for (const template of TEMPLATES) {
    mkdirSync(dirname(join(root, template)), { recursive: true });
    cpSync(join(packageRoot, template), join(root, template), { recursive: true });
  }
  const name = packageName(root);
  nameFolder(join(root, "gatesmith.config.ts"), name);
  const own = ownFiles(name, dependency);
  for (const [file, text] of Object.entries(own)) writeFileSync(join(root, file), text);
  return { root, files: filesIn(root) };
}

/** Clusters whose servers have their sockets in one folder would take each other for one. */
function nameFolder(file: string, name: string): void {
  writeFileSync(file, readFileSync(file, "utf8").replace("/tmp/gatesmith-chat", `/tmp/gatesmith-${name}`));
}

function refuseUnlessEmpty(root: string): void {
  if (!existsSync(root)) return;
  if (!statSync(root).isDirectory()) throw new CommandError(`${root} is a file: a project needs a folder`);
  const [first] = readdirSync(root);
  if (first !== undefined) throw new CommandError(`${root} is not empty (${first} is there): nothing was written`);
}

/** npm wants lower case, and neither spaces nor a dot in front. */
function packageName(root: string): string {
  const name = basename(root)
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[._-]+/, "");
  return name === "" || name === "gatesmith" ? "my-gateway" : name;
}

function filesIn(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function ownFiles(name: string, dependency: string | undefined): Record<string, string> {
  return {
    "package.json": `${JSON.stringify(packageJson(name, dependency), null, 2)}\n`,
    "tsconfig.json": `${JSON.stringify(TSCONFIG, null, 2)}\n`,
    ".gitignore": "node_modules/\n",
    "README.md": readme(name),
  };
}

/** Tools have the versions that this package is tested with. */
function packageJson(name: string, dependency: string | undefined) {
  const { version, devDependencies } = readOwnPackage();
  const tools = ["@types/node", "typescript", "vitest"];
  return {
    name,
    version: "0.0.0",
    private: true,
    type: "module",
    scripts: {
      dev: "gatesmith dev",
      start: "gatesmith start",
      generate: "gatesmith generate",
      test: "gatesmith generate --check && tsc && vitest run",
    },
    dependencies: { gatesmith: dependency ?? version },
    devDependencies: Object.fromEntries(tools.map((tool) => [tool, devDependencies[tool]])),
  };
}

const TSCONFIG = {
  compilerOptions: {
    target: "es2022",
    lib: ["es2023", "dom"],
    module: "nodenext",
    strict: true,
    noImplicitOverride: true,
    skipLibCheck: true,
    verbatimModuleSyntax: true,
    noEmit: true,
    types: ["node"],
  },
  include: ["**/*.ts"],
  exclude: ["node_modules"],
};

const readme = (name: string) => `# ${name}

A realtime gateway made with Gatesmith: people enter rooms and talk, through a gate and two connectors.

\`\`\`
npm install
npm run dev
\`\`\`

\`dev\` generates \`generated/\`, starts every server in one process, and starts again whenever something changes. In a second terminal:

\`\`\`
npx gatesmith call connector.entry.enter '{"room":"lobby","name":"ann"}' chat.room.send '{"target":"*","text":"hi"}' --wait 500
\`\`\`

| file | what it says |
|---|---|
| \`schema/\` | message ids, header layouts, server types, routes; \`schema/messages/*.proto\` are the bodies |
| \`app/\` | what the routes do: one class a group |
| \`generated/\` | what \`gatesmith generate\` makes of the schema: commit it, never edit it |
| \`generated/client-typescript/\` | a client without dependencies: copy it into a game |
| \`gatesmith.config.ts\` | how many servers, and where they listen |
| \`test/\` | \`npm test\` |

To add a route, write it into \`schema/chat.ts\` and its messages into \`schema/messages/chat.proto\`. With \`npm run dev\` running, \`app/chat/room.ts\` gets
a method for it, and the client a function.

\`npx gatesmith start\` runs the cluster without watching; with \`--environment processes\`, and 16 characters or more in \`GATESMITH_BUS_SECRET\`, each server has
a process of its own, and \`npx gatesmith list\`, \`add\`, \`drain\` and others reach them. \`npx gatesmith --help\` shows all verbs, and
\`node_modules/gatesmith/\` has the documentation: its \`README.md\` and \`docs/\`.
`;
