import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkout, gatesmith } from "./support/command.js";
import { temporaryFolder } from "./support/project.js";

const read = (folder: string, file: string) => readFileSync(join(folder, file), "utf8");
const own = JSON.parse(read(checkout, "package.json"));

describe("gatesmith init", () => {
  it("makes a project of the reference schema and application", async () => {
    const folder = join(temporaryFolder(), "My Chat");
    const { code, stdout, stderr } = await gatesmith("init", folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain("new schema/chat.ts\n");
    expect(stdout).toContain(`  cd '${folder}'\n  npm install\n  npm run dev\n`);
    for (const file of ["schema/index.ts", "schema/messages/chat.proto", "app/chat/room.ts"]) {
      expect(read(folder, file)).toBe(read(checkout, file));
    }
    const configuration = read(checkout, "gatesmith.config.ts");
    expect(configuration).toContain('folder: "/tmp/gatesmith-chat"');
    expect(read(folder, "gatesmith.config.ts")).toBe(configuration.replace("gatesmith-chat", "gatesmith-my-chat"));
    expect(readdirSync(folder).sort()).toEqual(
      [
        ".gitignore",
        "README.md",
        "app",
        "gatesmith.config.ts",
        "package.json",
        "schema",
        "test",
        "tsconfig.json",
      ].sort(),
    );
    expect(JSON.parse(read(folder, "package.json"))).toMatchObject({
      name: "my-chat",
      type: "module",
      scripts: {
        dev: "gatesmith dev",
        start: "gatesmith start",
        generate: "gatesmith generate",
        test: expect.any(String),
      },
      dependencies: { gatesmith: own.version },
      devDependencies: { typescript: own.devDependencies.typescript },
    });
    expect(read(folder, ".gitignore")).toContain("node_modules/");
  });

  it("names another gatesmith when told to", async () => {
    const folder = join(temporaryFolder(), "chat");
    await gatesmith("init", folder, "--gatesmith", "file:../gatesmith.tgz");
    expect(JSON.parse(read(folder, "package.json")).dependencies.gatesmith).toBe("file:../gatesmith.tgz");
  });

  it("refuses a folder that is not empty, and writes nothing", async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "notes.txt"), "mine");
    const { code, stdout, stderr } = await gatesmith("init", folder);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(`error ${folder} is not empty (notes.txt is there): nothing was written\n`);
    expect(readdirSync(folder)).toEqual(["notes.txt"]);
  });

  it("refuses a file", async () => {
    const file = join(temporaryFolder(), "notes.txt");
    writeFileSync(file, "mine");
    const { code, stderr } = await gatesmith("init", file);
    expect(code).toBe(1);
    expect(stderr).toContain("notes.txt is a file: a project needs a folder");
  });
});
