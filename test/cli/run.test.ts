import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/nats-server.js";
import { type Command, gatesmith } from "./support/command.js";
import { GENERATOR, loadedModules, startWatched } from "./support/loaded-modules.js";
import { edit, neverStart } from "./support/project.js";
import { amongProcesses, projectOfProcesses, SECRET, startAmongProcesses } from "./support/several-processes.js";

const READY = /^.*"msg":"server ready".*$/m;

describe("gatesmith run", { timeout: 120_000 }, () => {
  it("runs one server, and ends with 0 when it is asked to", async () => {
    const root = await projectOfProcesses();
    const gate = startAmongProcesses(root, ["run", "gate-1"]);
    const connector = startAmongProcesses(root, ["run", "connector-2"]);
    const [line] = await gate.printed(READY);
    const { urls } = JSON.parse(line) as { urls: string[] };
    await connector.printed(READY);
    const entry = `${urls[0]!.replace("ws:", "http:")}entry?uid=ann`;
    const ask = () => fetch(entry).then((answer) => answer.json());
    await expect.poll(ask, { timeout: 20_000 }).toMatchObject({ server: "connector-2" });
    connector.process.kill("SIGTERM");
    expect(await connector.finished).toMatchObject({ code: 0, stderr: "" });
    await expect.poll(ask, { timeout: 20_000 }).toMatchObject({ error: "NO_SERVER" });
    expect(await gate.interrupt()).toMatchObject({ code: 0, stderr: "" });
  });

  it("loads no part of the generator", async () => {
    const root = await projectOfProcesses();
    const words = ["run", "connector-1", "--root", root, "--environment", "processes"];
    const command = startWatched(root, words, { GATESMITH_BUS_SECRET: SECRET });
    await command.printed(READY);
    const { code, stderr } = await command.interrupt();
    expect(code).toBe(0);
    const loaded = loadedModules(stderr);
    expect(loaded.some((url) => url.endsWith("/runtime/start-server.ts"))).toBe(true);
    expect(loaded.filter((url) => GENERATOR.test(url))).toEqual([]);
  });

  it("ends with 3 when it cannot run as it is configured", async () => {
    const root = await projectOfProcesses();
    const refused = async (args: string[], variables = {}) => {
      const { code, stdout, stderr } = await startAmongProcesses(root, args, variables).finished;
      expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
      expect(stderr).not.toMatch(/^\s+at /m);
      return stderr;
    };
    expect(await refused(["run", "chta-1"])).toMatch(/^error there is no server "chta-1": .*did you mean "chat-1"\?/);
    expect(await refused(["run", "chat-1"], { GATESMITH_BUS_SECRET: "short" })).toMatch(
      /^error GATESMITH_BUS_SECRET: at least 16 characters/,
    );
    expect(await refused(["run", "chat-1"], { GATESMITH_BUS_DRIVER: "local", GATESMITH_BUS_SECRET: "" })).toMatch(
      /bus: the local bus stays/,
    );
    const { code, stderr } = await gatesmith("run", "chat-1", "--root", root, "--environment", "produktion");
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /environments: there is no "produktion"; there are processes, production; did you mean "production"\?/,
    );
  });

  it("ends with 4 when the server runs already, and with 5 when it cannot have what it needs", async () => {
    const root = await projectOfProcesses();
    const chat = startAmongProcesses(root, ["run", "chat-1"]);
    await chat.printed(READY);
    const double = await startAmongProcesses(root, ["run", "chat-1"]).finished;
    expect(double.code).toBe(4);
    expect(double.stderr).toMatch(/^error chat-1 runs already/);
    expect((await chat.interrupt()).code).toBe(0);
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as { port: number };
    const taken = await startAmongProcesses(root, ["run", "gate-1"], { GATESMITH_SERVERS_GATE_PORT: `${port}` })
      .finished;
    expect(taken).toMatchObject({ code: 5, stdout: "" });
    expect(taken.stderr).toBe(`error gate-1 cannot listen on 127.0.0.1:${port}: somebody listens there already\n`);
  });

  it("ends with 4 when its ports are taken by the server that runs already", async () => {
    const root = await projectOfProcesses();
    const ports = {
      GATESMITH_SERVERS_GATE_PORT: `${await freePort()}`,
      GATESMITH_SERVERS_CHAT_OPERATE_PORT: `${await freePort()}`,
    };
    for (const id of ["gate-1", "chat-1"]) {
      const first = startAmongProcesses(root, ["run", id], ports);
      await first.printed(READY);
      const { code, stdout, stderr } = await startAmongProcesses(root, ["run", id], ports).finished;
      expect({ code, stdout, stderr }).toEqual({
        code: 4,
        stdout: "",
        stderr: `error ${id} runs already: stop it, or start this server under another number\n`,
      });
      expect((await first.interrupt()).code).toBe(0);
    }
  });

  it("waits for no application that is still starting when it is asked to end", async () => {
    const root = await projectOfProcesses();
    neverStart(root);
    const end = [
      (chat: Command) => void chat.process.kill("SIGTERM"),
      () => amongProcesses(root, ["stop", "chat-1"]),
      () => amongProcesses(root, ["drain", "chat-1"]),
    ];
    for (const ask of end) {
      const chat = startAmongProcesses(root, ["run", "chat-1"]);
      await chat.printed(/waiting for a store/);
      await ask(chat);
      expect(await chat.finished).toMatchObject({ code: 0, stderr: "" });
    }
    expect(readdirSync(join(root, "bus"))).toEqual([]);
  });

  it("ends with 1 when the application fails, though something of it is still open", async () => {
    const root = await projectOfProcesses();
    edit(
      root,
      "app/chat/room.ts",
      'const EVERYBODY = "*";',
      'const EVERYBODY = "*";\nsetInterval(() => {}, 1000);\nsetTimeout(() => { throw new Error("on purpose"); }, 3000);',
    );
    const { code, stderr } = await startAmongProcesses(root, ["run", "chat-1"]).finished;
    expect(code).toBe(1);
    expect(stderr).toContain("on purpose");
  });
});
