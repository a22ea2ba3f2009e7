import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Command } from "./support/command.js";
import { edit } from "./support/project.js";
import { amongProcesses, projectOfProcesses, startAmongProcesses } from "./support/several-processes.js";
import { isThere, logOf, pidOf, readyOf, withoutSurvivors } from "./support/supervised-log.js";

async function supervised(root: string, ...args: string[]): Promise<Command> {
  const command = startSupervised(root, ...args);
  await command.printed(/servers? runs?, a process each/);
  return command;
}

function startSupervised(root: string, ...args: string[]): Command {
  return withoutSurvivors(startAmongProcesses(root, ["start", ...args]));
}

const ALL = ["gate-1", "connector-1", "connector-2", "chat-1", "chat-2"];
const LONG = { timeout: 60_000 };

describe("gatesmith start, with a process for each server", { timeout: 240_000 }, () => {
  it("runs all of them, and ends those with clients before the others", async () => {
    const root = await projectOfProcesses();
    edit(root, "app/chat/room.ts", 'const EVERYBODY = "*";', 'const EVERYBODY = "*";\nconsole.log("hello");');
    const command = await supervised(root);
    expect(command.stdout).toContain("5 servers run, a process each; Ctrl-C stops them. Clients connect to:");
    const [, gate] = await command.printed(/(http:\S+)\/entry\?uid=somebody/);
    const answer = async () => (await fetch(`${gate}/entry?uid=ann`)).json();
    await expect.poll(answer, LONG).toMatchObject({ server: expect.stringMatching(/^connector-[12]$/) });
    const pids = ALL.map((id) => pidOf(command, id));
    expect(new Set([...pids, command.process.pid]).size).toBe(6);
    // What is no line of the log has the server's id in front.
    expect(command.stdout).toMatch(/^chat-1 \| hello$/m);
    for (const id of ALL) expect(readyOf(command, id)).toBe(1);
    command.process.kill("SIGTERM");
    const { code, stderr } = await command.finished;
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const ends = logOf(command).filter(({ msg }) => msg === "server ended");
    const order = ends.map((line) => line.process!.replace(/-\d$/, ""));
    expect(order.slice(0, 3).sort()).toEqual(["connector", "connector", "gate"]);
    expect(order.slice(3)).toEqual(["chat", "chat"]);
    expect(pids.filter(isThere)).toEqual([]);
  });

  it("starts again what was killed, and not what was asked to end", async () => {
    const command = await supervised(await projectOfProcesses());
    const killed = pidOf(command, "chat-1");
    process.kill(killed, "SIGKILL");
    await expect.poll(() => readyOf(command, "chat-1"), LONG).toBe(2);
    expect(pidOf(command, "chat-1")).not.toBe(killed);
    expect(command.stdout).toMatch(
      /"process":"chat-1","reason":"SIGKILL".*"server ended by itself, and is started again"/,
    );
    const asked = pidOf(command, "chat-2");
    process.kill(asked, "SIGTERM");
    await command.printed(/"process":"chat-2","reason":"exit code 0".*"server ended"/);
    expect(pidOf(command, "chat-2")).toBe(asked);
    expect((await command.interrupt()).code).toBe(0);
  });

  it("starts again what ends with 0 and was not asked to, and not what an operator ended", async () => {
    const root = await projectOfProcesses();
    const trigger = join(root, "leave");
    const imports = 'import { existsSync, rmSync } from "node:fs";';
    const leaving = `const trigger = ${JSON.stringify(trigger)};
if (process.argv.includes("chat-2"))
  setInterval(() => { if (existsSync(trigger)) { rmSync(trigger); process.exit(); } }, 50);`;
    edit(root, "app/chat/room.ts", 'const EVERYBODY = "*";', `${imports}\nconst EVERYBODY = "*";\n${leaving}`);
    const command = await supervised(root);
    writeFileSync(trigger, "");
    await command.printed(
      /"process":"chat-2","reason":"exit code 0, and nobody had asked it to end".*"server ended by itself, and is started again"/,
    );
    await expect.poll(() => readyOf(command, "chat-2"), LONG).toBe(2);
    for (const [verb, id] of [
      ["stop", "chat-1"],
      ["drain", "connector-2"],
    ] as const) {
      const pid = pidOf(command, id);
      expect((await amongProcesses(root, [verb, id])).code).toBe(0);
      await command.printed(new RegExp(`"process":"${id}","reason":"exit code 0".*"server ended"`));
      expect(pidOf(command, id)).toBe(pid);
    }
    expect((await command.interrupt()).code).toBe(0);
  });

  it("takes its processes along when it is killed, and kills them when it is told to stop twice", async () => {
    const root = await projectOfProcesses();
    const first = await supervised(root);
    const pids = ALL.map((id) => pidOf(first, id));
    first.process.kill("SIGKILL");
    await first.finished;
    await expect.poll(() => pids.filter(isThere), LONG).toEqual([]);
    const second = await supervised(root);
    const others = ALL.map((id) => pidOf(second, id));
    // It cannot hear that it is asked to end.
    process.kill(pidOf(second, "connector-1"), "SIGSTOP");
    second.process.kill("SIGINT");
    await second.printed(/"process":"gate-1".*"server ended"/);
    expect(isThere(pidOf(second, "connector-1"))).toBe(true);
    expect((await second.interrupt()).code).toBe(130);
    await expect.poll(() => others.filter(isThere), LONG).toEqual([]);
  });

  it("runs a part of the topology, beside another that runs the rest", async () => {
    const root = await projectOfProcesses();
    const front = await supervised(root, "gate", "connector-1");
    expect(front.stdout).toContain("2 servers run, a process each");
    const rest = await supervised(root, "connector-2", "chat");
    expect(rest.stdout).toContain("3 servers run, a process each");
    expect(await amongProcesses(root, ["start", "chat-2", "connector"])).toEqual({
      code: 4,
      stdout: "",
      stderr:
        "error chat-2, connector-1, connector-2 run already: stop them, or name the servers that shall run here, such as `gatesmith start chat-3`\n",
    });
    expect((await front.interrupt()).code).toBe(0);
    expect((await rest.interrupt()).code).toBe(0);
  });

  it("ends with 1 when a server cannot run, and says which", async () => {
    const root = await projectOfProcesses();
    // Only where a server runs: whoever supervises has looked at the application before.
    const fault = 'if (process.argv.includes("chat-2")) throw new Error("on purpose");';
    edit(root, "app/chat/room.ts", 'const EVERYBODY = "*";', `const EVERYBODY = "*";\n${fault}`);
    const command = startSupervised(root);
    const { code, stdout, stderr } = await command.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^chat-2 \| error app\/index\.ts does not load: on purpose$/m);
    expect(stderr).toMatch(/^error chat-2 could not be kept running: the log says why$/m);
    expect(stdout).not.toContain("servers run");
    expect(
      logOf(command)
        .flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
        .filter(isThere),
    ).toEqual([]);
  });

  it("starts nothing of a topology that cannot work, and says all that is in the way", async () => {
    const root = await projectOfProcesses();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void squatter.close());
    const { port } = squatter.address() as { port: number };
    const variables = {
      GATESMITH_SERVERS_GATE_PORT: `${port}`,
      GATESMITH_SERVERS_CONNECTOR_COUNT: "0",
      GATESMITH_BUS_FOLDER: "/dev/null/folder",
    };
    const { code, stdout, stderr } = await startAmongProcesses(root, ["start"], variables).finished;
    expect({ code, stdout }).toEqual({ code: 3, stdout: "" });
    const lines = stderr.trimEnd().split("\n");
    expect(lines).toEqual([
      "error gatesmith.config.ts: servers.connector.count: there is no connector, and clients need one",
      expect.stringContaining("gatesmith.config.ts: bus.folder: no socket can be made in /dev/null/folder: "),
      `gate-1 cannot listen on 127.0.0.1:${port}: somebody listens there already`,
    ]);
  });

  it("starts one more server when it is asked to, under the supervisor with the fewest or the one that is named", async () => {
    const root = await projectOfProcesses();
    const [small, large] = [await supervised(root, "gate"), await supervised(root, "connector", "chat")];
    const idOf = async (command: Command) => (await command.printed(/"supervisor":"(supervisor_\w+)"/))[1]!;
    const [few, many] = [await idOf(small), await idOf(large)];
    const listed = await amongProcesses(root, ["list"]);
    const rows = (await amongProcesses(root, ["list", "--json"])).stdout.trimEnd().split("\n").slice(5);
    const both = [
      { supervisor: few, servers: 1 },
      { supervisor: many, servers: 4 },
    ].sort((a, b) => (a.supervisor < b.supervisor ? -1 : 1));
    expect(rows.map((row) => JSON.parse(row))).toEqual(both);
    const [head, ...below] = listed.stdout.split("\n\n")[1]!.trimEnd().split("\n");
    expect(head).toMatch(/^supervisor +servers$/);
    expect(below.map((row) => row.split(/ +/))).toEqual(both.map((one) => [one.supervisor, `${one.servers}`]));
    const add = (...args: string[]) => amongProcesses(root, ["add", ...args]);
    expect(await add("chat")).toEqual({ code: 0, stdout: `ok chat-3 runs under ${few}\n`, stderr: "" });
    expect(readyOf(small, "chat-3")).toBe(1);
    expect(await add("chat", "--on", many)).toMatchObject({ code: 0, stdout: `ok chat-4 runs under ${many}\n` });
    expect(await add("connector", "--on", many)).toMatchObject({
      code: 0,
      stdout: `ok connector-3 runs under ${many}\n`,
    });
    // A place that has become free is taken again.
    expect((await amongProcesses(root, ["drain", "chat-1"])).code).toBe(0);
    await large.printed(/"process":"chat-1","reason":"exit code 0"/);
    expect(await add("chat", "--on", many)).toMatchObject({ code: 0, stdout: `ok chat-1 runs under ${many}\n` });
    const refused = async (...args: string[]) => {
      const { code, stdout, stderr } = await add(...args);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      return stderr;
    };
    expect(await refused("chta")).toMatch(/^error .*the schema has no server type "chta"; .*did you mean "chat"\?/);
    expect(await refused("chat", "--on", "elsewhere")).toMatch(
      /no `gatesmith start` is called elsewhere; there are supervisor_/,
    );
    expect(
      (await amongProcesses(root, ["add", "chat"], { GATESMITH_BUS_SECRET: "another secret than theirs" })).code,
    ).not.toBe(0);
    process.kill(large.process.pid!, "SIGTERM");
    expect((await large.finished).code).toBe(0);
    expect((await small.interrupt()).code).toBe(0);
    const ends = logOf(large).filter(({ msg }) => msg === "server ended");
    expect(ends.map((line) => line.process)).toEqual(expect.arrayContaining(["chat-4", "connector-3"]));
  });
});
