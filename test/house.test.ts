/** The rules of the house, held by a test: which folder may import what, who may read a clock, how files are named and how long they get. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "ts-morph";
import { describe, expect, it } from "vitest";
import { isGenerated } from "../generator/targets/first-line.js";

const root = fileURLToPath(new URL("..", import.meta.url));

const ROOMS = [
  "app",
  "bench",
  "cli",
  "client",
  "docs",
  "examples",
  "generated",
  "generator",
  "runtime",
  "schema",
  "test",
  "testing",
  "wire",
];

/** Present in a checkout that is being worked in, and never committed. */
const UNCOMMITTED = ["node_modules", "dist", "coverage"];

const LONGEST_FILE = 400;

function filesBelow(folder: string): string[] {
  const path = join(root, folder);
  if (!existsSync(path)) return [];
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((file) => !/(^|\/)(node_modules|dist|build)\//.test(file));
}

const sourcesBelow = (folder: string) => filesBelow(folder).filter((file) => file.endsWith(".ts"));
const read = (file: string) => readFileSync(join(root, file), "utf8");

/** What a file imports: a path from the root for a relative import, else the specifier as written. */
function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true);
  const found: { target: string; typeOnly: boolean }[] = [];
  const add = (specifier: string, typeOnly: boolean) => {
    const target = specifier.startsWith(".")
      ? relative(root, resolve(root, dirname(file), specifier))
          .split(sep)
          .join("/")
      : specifier;
    found.push({ target, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.importClause?.isTypeOnly ?? false);
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      add(node.moduleSpecifier.text, node.isTypeOnly);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [specifier] = node.arguments;
      if (specifier && ts.isStringLiteralLike(specifier)) add(specifier.text, false);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
      if (ts.isStringLiteral(node.argument.literal)) add(node.argument.literal.text, true);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const isPackage = (target: string) => !ROOMS.includes(target.split("/")[0] ?? "") && !target.startsWith("gatesmith/");

/** `file -> import` for every import of the folder's files that the rule refuses. */
function refused(folder: string, allowed: (target: string, typeOnly: boolean, file: string) => boolean): string[] {
  return sourcesBelow(folder).flatMap((file) =>
    importsOf(file)
      .filter(({ target, typeOnly }) => !allowed(target, typeOnly, file))
      .map(({ target }) => `${file} -> ${target}`),
  );
}

const within =
  (...folders: string[]) =>
  (target: string) =>
    folders.some((folder) => target.startsWith(`${folder}/`));

/** Files that import each other, a line for each circle. */
function circles(): string[] {
  const files = new Set(ROOMS.flatMap(sourcesBelow));
  const found: string[] = [];
  const done = new Set<string>();
  const way: string[] = [];
  const follow = (file: string): void => {
    if (done.has(file)) return;
    const before = way.indexOf(file);
    if (before >= 0) {
      found.push([...way.slice(before), file].join(" -> "));
      return;
    }
    way.push(file);
    for (const { target } of importsOf(file)) {
      const imported = target.replace(/\.js$/, ".ts");
      if (files.has(imported)) follow(imported);
    }
    way.pop();
    done.add(file);
  };
  for (const file of files) follow(file);
  return found;
}

describe("folders", () => {
  it("are those of the house", () => {
    const folders = readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name);
    expect(folders.filter((name) => !ROOMS.includes(name) && !UNCOMMITTED.includes(name))).toEqual([]);
  });

  it("of the generator's targets know nothing of each other", () => {
    expect(
      refused("generator/targets", (target, _typeOnly, file) => {
        const own = file.split("/")[2];
        const other = /^generator\/targets\/([^/]+)\//.exec(target)?.[1];
        return other === undefined || own === "index.ts" || other === own;
      }),
    ).toEqual([]);
  });
});

describe("arrows", () => {
  it("wire imports nothing", () => {
    expect(refused("wire", within("wire"))).toEqual([]);
  });

  it("client imports wire only", () => {
    expect(refused("client", within("client", "wire"))).toEqual([]);
  });

  it("runtime imports wire, node and libraries, never the generator", () => {
    const inHouse = within("runtime", "wire");
    const notForRuntime = ["ts-morph", "jiti", "protobufjs", "commander", "tsx"];
    const allowed = (target: string) =>
      inHouse(target) || (isPackage(target) && !notForRuntime.includes(target.split("/")[0] ?? ""));
    expect(refused("runtime", allowed)).toEqual([]);
  });

  it("the generator knows the runtime by the manifest's types only", () => {
    const inHouse = within("generator", "wire");
    expect(
      refused(
        "generator",
        (target, typeOnly) => inHouse(target) || isPackage(target) || (target === "runtime/manifest.js" && typeOnly),
      ),
    ).toEqual([]);
  });

  it("an emitter sees neither zod nor protobufjs", () => {
    const blind = ["zod", "protobufjs", "jiti"];
    for (const folder of ["generator/targets", "generator/print", "generator/plan"]) {
      expect(refused(folder, (target) => !blind.includes(target.split("/")[0] ?? ""))).toEqual([]);
    }
  });

  it("testing imports the runtime, wire and client", () => {
    const inHouse = within("testing", "runtime", "wire", "client");
    expect(refused("testing", (target) => inHouse(target) || isPackage(target))).toEqual([]);
  });

  it("the schema imports the schema language, the application what was generated and the runtime's entry", () => {
    expect(refused("schema", (target) => target.startsWith("schema/") || target === "gatesmith/schema")).toEqual([]);
    const application = within("app", "generated");
    expect(refused("app", (target) => application(target) || target === "gatesmith/runtime")).toEqual([]);
  });

  it("the generated server imports the runtime's entry, a generated client nothing", () => {
    const server = within("generated/server");
    expect(refused("generated/server", (target) => server(target) || target === "gatesmith/runtime")).toEqual([]);
    const client = within("generated/client-typescript");
    expect(refused("generated/client-typescript", client)).toEqual([]);
  });

  it("nothing imports the command line", () => {
    const toCli = (target: string) => target === "cli.js" || target.startsWith("cli/");
    for (const room of ROOMS) {
      if (room === "cli" || room === "test") continue;
      expect(refused(room, (target) => !toCli(target))).toEqual([]);
    }
  });

  it("go round in no circle, not even by types", () => {
    expect(circles()).toEqual([]);
  });

  it("one file alone loads the sockets' library, so that it can be exchanged", () => {
    const users = ROOMS.filter((room) => room !== "bench" && room !== "test").flatMap((room) =>
      sourcesBelow(room).filter((file) =>
        importsOf(file).some(({ target, typeOnly }) => target === "uWebSockets.js" && !typeOnly),
      ),
    );
    expect(users).toHaveLength(1);
  });
});

describe("time and chance", () => {
  const PLATFORM = ["runtime/operate/process-timing.ts", "client/platform-timing.ts"];
  const FUNCTIONS = ["setTimeout", "setInterval", "setImmediate"];
  const MEMBERS = ["Date.now", "performance.now", "process.hrtime", "Math.random"];

  /** Every use of a clock, a timer or a die, as `file:line what`. */
  function uses(file: string): string[] {
    const source = ts.createSourceFile(file, read(file), ts.ScriptTarget.ES2022, true);
    const found: string[] = [];
    const report = (node: ts.Node, what: string) =>
      found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart()).line + 1} ${what}`);
    const visit = (node: ts.Node): void => {
      if (ts.isPropertyAccessExpression(node)) {
        const member = `${node.expression.getText()}.${node.name.text}`.replace(/^globalThis\./, "");
        if (MEMBERS.includes(member) || FUNCTIONS.includes(member)) report(node, member);
      } else if (ts.isIdentifier(node) && FUNCTIONS.includes(node.text)) {
        const declares = ts.isPropertySignature(node.parent) || ts.isMethodSignature(node.parent);
        if (!declares && !ts.isPropertyAccessExpression(node.parent)) report(node, node.text);
      } else if (ts.isNewExpression(node) && node.expression.getText() === "Date" && !node.arguments?.length) {
        report(node, "new Date()");
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
    return found;
  }

  it("come as arguments everywhere but in the two platform files", () => {
    const rooms = ["app", "client", "generator", "runtime", "testing", "wire"];
    const files = rooms.flatMap(sourcesBelow).filter((file) => !PLATFORM.includes(file));
    expect(files.flatMap(uses)).toEqual([]);
  });
});

describe("files", () => {
  const handWritten = ROOMS.filter((room) => room !== "generated")
    .flatMap(sourcesBelow)
    .filter((file) => !isGenerated(read(file)));

  it("are named in kebab-case", () => {
    const kebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.test|\.d|\.config)?\.ts$/;
    const names = handWritten.filter((file) => !file.includes("/fixtures/"));
    expect(names.filter((file) => !kebab.test(file.slice(file.lastIndexOf("/") + 1)))).toEqual([]);
  });

  it(`have at most ${LONGEST_FILE} lines`, () => {
    const long = handWritten.map((file) => ({ file, lines: read(file).split("\n").length - 1 }));
    expect(long.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
  });

  it("end no relative import without .js", () => {
    const short = handWritten
      .filter((file) => !file.includes("/fixtures/"))
      .flatMap((file) => importsOf(file).map(({ target }) => ({ file, target })))
      .filter(({ target }) => within(...ROOMS)(target) && !/\.(js|cjs|mjs|json)$/.test(target));
    expect(short).toEqual([]);
  });
});

describe("the lock file", () => {
  const { packages } = JSON.parse(read("package-lock.json")) as {
    packages: Record<string, { optionalDependencies?: Record<string, string>; resolved?: string }>;
  };

  it("has the optional packages of every platform: `npm ci` refuses it otherwise, and `npm install` drops those it cannot fetch", () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`${path}/node_modules/${name}` in packages) && !(`node_modules/${name}` in packages),
      ),
    );
    expect(missing).toEqual([]);
  });

  it("names no registry", () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });
});
