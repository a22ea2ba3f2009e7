import { describe, expect, it } from "vitest";
import { gatesmith, startGatesmith } from "./support/command.js";
import { edit, referenceProject } from "./support/project.js";
import { runCluster } from "./support/running-cluster.js";

const lines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));

describe("gatesmith call", () => {
  it("prints replies, and the pushes that come meanwhile and afterwards", async () => {
    const { root, gate } = await runCluster();
    const [enter, send] = ['{"room":"lobby","name":"ann"}', '{"target":"*","text":"hi"}'];
    const ann = startGatesmith(
      "call",
      "--root",
      root,
      "--gate",
      gate,
      "--wait",
      "60000",
      "connector.entry.enter",
      enter,
    );
    await ann.printed(/"reply":"connector.entry.enter"/);
    const bob = await gatesmith(
      ...["call", "--root", root, "--gate", gate, "--uid", "bob"],
      ...["connector.entry.enter", enter.replace("ann", "bob"), "chat.room.typing", "{}", "chat.room.send", send],
    );
    expect({ code: bob.code, stderr: bob.stderr }).toEqual({ code: 0, stderr: "" });
    expect(lines(bob.stdout).filter((line) => "reply" in line)).toEqual([
      { reply: "connector.entry.enter", body: { members: ["ann", "bob"] } },
      { reply: "chat.room.send", body: { sentAt: expect.stringMatching(/^\d+$/) } },
    ]);
    await ann.printed(/onLeave/);
    const { code, stdout, stderr } = await ann.interrupt();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const line = { room: "lobby", from: "bob", target: "*", text: "hi", sentAt: expect.any(String) };
    expect(lines(stdout)).toEqual([
      { reply: "connector.entry.enter", body: { members: ["ann"] } },
      { push: "chat.onAdd", body: { name: "bob" } },
      { push: "chat.onTyping", body: { name: "bob" } },
      { push: "chat.onChat", body: line },
      { push: "chat.onLeave", body: { name: "bob" } },
    ]);
  });

  it("finds the gate in the configuration, and calls the gate's own routes there", async () => {
    const { root, gate } = await runCluster();
    edit(root, "gatesmith.config.ts", "gate: { port: 0 }", `gate: { port: ${new URL(gate).port} }`);
    const asked = await gatesmith("call", "--root", root, "gate.entry.query", '{"uid":"ann"}');
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    const [{ reply, body }] = lines(asked.stdout);
    expect(reply).toBe("gate.entry.query");
    // What it answers is an address that works.
    const entered = await gatesmith(
      "call",
      "--root",
      root,
      "--url",
      body.url,
      "connector.entry.enter",
      '{"room":"a","name":"b"}',
    );
    expect(entered).toMatchObject({ code: 0, stdout: '{"reply":"connector.entry.enter","body":{"members":["b"]}}\n' });
  });

  it("finds the gate of an environment", async () => {
    const { root, gate } = await runCluster();
    const here = `here: { servers: { gate: { port: ${new URL(gate).port} } } },`;
    edit(root, "gatesmith.config.ts", "processes: {", `${here}\n    processes: {`);
    const asked = await gatesmith(
      ...["call", "--root", root, "--environment", "here"],
      ...["gate.entry.query", '{"uid":"ann"}'],
    );
    expect(asked).toMatchObject({ code: 0, stderr: "" });
    const lost = await gatesmith("call", "--root", root, "--environment", "hier", "gate.entry.query", "{}");
    expect(lost).toMatchObject({ code: 3, stdout: "" });
    expect(lost.stderr).toContain('environments: there is no "hier"; there are here, processes, production');
  });

  it("ends with the first call that fails", async () => {
    const { root, connector } = await runCluster();
    const enter = ["connector.entry.enter", '{"room":"lobby","name":"ann"}'];
    const { code, stdout, stderr } = await gatesmith(
      "call",
      "--root",
      root,
      "--url",
      connector,
      ...enter,
      ...enter,
      ...enter,
    );
    expect(code).toBe(1);
    expect(lines(stdout)).toHaveLength(1);
    expect(stderr).toMatch(
      /^error connector\.entry\.enter failed with ALREADY_ENTERED \(1002\): .* \(the handler ran\)\.\n$/,
    );
  });

  it("says when the cluster goes away", async () => {
    const { root, gate, command } = await runCluster();
    const call = startGatesmith(
      "call",
      "--root",
      root,
      "--gate",
      gate,
      "--wait",
      "60000",
      "connector.entry.enter",
      '{"room":"a","name":"b"}',
    );
    await call.printed(/"reply"/);
    await command.interrupt();
    const { code, stderr } = await call.finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error the connection was lost: .*\(4000\)\n$/);
  });

  it.each([
    [["chat.room.sned", "{}"], /has no route chat\.room\.sned; did you mean "chat\.room\.send"\?/],
    [["constructor", "{}"], /has no route constructor; there are gate\.entry\.query, /],
    [["chat.room.add", "{}"], /chat\.room\.add is a remote: only servers call it/],
    [["chat.onChat", "{}"], /chat\.onChat is a push: only servers send it/],
    [
      ["chat.room.send", '{"txt":"hi"}'],
      /chat\.SendRequest has no field "txt"; did you mean "text"\? It has target, text\./,
    ],
    [["chat.room.send", '{"text":5}'], /chat\.SendRequest\.text is 5, and should be a string/],
    [
      ["chat.room.send", "{}", "gate.entry.query", "{}"],
      /gate\.entry\.query is answered by the gate and the others are not/,
    ],
    [
      ["chat.room.send", "{}", "--gate", "http://127.0.0.1:1"],
      /^error cannot connect: the gate at http:\/\/127\.0\.0\.1:1 did not answer: [^:]*$/,
    ],
    [
      ["chat.room.send", "{}", "--url", "ws://127.0.0.1:1"],
      /^error cannot connect: ws:\/\/127\.0\.0\.1:1 did not open /,
    ],
  ])("refuses %j before anything is sent", async (args, complaint) => {
    const { code, stdout, stderr } = await gatesmith("call", "--root", referenceProject(), ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(complaint);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  it("takes a message that is no JSON for a wrong command line", async () => {
    const { code, stderr } = await gatesmith("call", "chat.room.send", "{text:hi}");
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error the message of chat\.room\.send is no JSON: /);
  });
});
