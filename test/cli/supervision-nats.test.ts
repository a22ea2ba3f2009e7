import { hostname } from "node:os";
import { expect, it, onTestFinished } from "vitest";
import { startNatsServer } from "../support/nats-server.js";
import { runnableProject } from "./support/running-cluster.js";
import { startIn } from "./support/several-processes.js";
import { logOf, pidOf, readyOf, withoutSurvivors } from "./support/supervised-log.js";

const LONG = { timeout: 90_000 };

it("gatesmith start keeps a cluster over NATS running, and one that cannot reach it starts nothing", async () => {
  const nats = await startNatsServer({ configuration: "authorization { user: chat, password: right }" });
  onTestFinished(() => nats.stop());
  const root = await runnableProject();
  const variables = {
    GATESMITH_BUS_SERVERS: nats.url,
    GATESMITH_BUS_USER: "chat",
    GATESMITH_BUS_PASSWORD: "right",
    GATESMITH_BUS_WINDOW: "10000",
    GATESMITH_SERVERS_GATE_HOST: "127.0.0.1",
    GATESMITH_SERVERS_CONNECTOR_HOST: "127.0.0.1",
    GATESMITH_SERVERS_CONNECTOR_COUNT: "1",
  };
  const wrong = startIn("production", root, ["start"], { ...variables, GATESMITH_BUS_PASSWORD: "wrong" });
  const refused = await wrong.finished;
  expect(refused).toMatchObject({ code: 5, stdout: "" });
  expect(refused.stderr).toMatch(
    /^error gatesmith\.config\.ts: bus: NATS at \S+ refuses these credentials \(bus\.user\): /,
  );

  const command = withoutSurvivors(startIn("production", root, ["start"], variables));
  await command.printed(/4 servers run, a process each/);
  const added = await startIn("production", root, ["add", "chat"], variables).finished;
  expect(added).toMatchObject({ code: 0, stderr: "" });
  const machine = hostname()
    .replace(/[^A-Za-z0-9-]+/g, "-")
    .slice(0, 32);
  expect(added.stdout).toMatch(new RegExp(`^ok chat-3 runs under supervisor_${machine}_[0-9a-f]+$`, "m"));

  // A server that dies while NATS is away is tried until it is back, however often.
  await nats.kill();
  process.kill(pidOf(command, "chat-1"), "SIGKILL");
  const tries = () =>
    logOf(command).filter((line) => line.process === "chat-1" && line.msg === "process started").length;
  await expect.poll(tries, LONG).toBeGreaterThanOrEqual(3);
  expect(command.stdout).toMatch(/"process":"chat-1","reason":"exit code 5"/);
  await nats.start();
  await expect.poll(() => readyOf(command, "chat-1"), LONG).toBe(2);
  const { code } = await command.interrupt();
  expect(code).toBe(0);
}, 300_000);
