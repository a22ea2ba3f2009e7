/** That the suite notices a server that dies by itself: its requests end in a documented code, as those of one that was killed. */
import { rmSync } from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { SECRET, temporaryFolder } from "../runtime/bus/drivers.js";
import { BEATS, Cluster } from "./cluster.js";

let folder: string;
let cluster: Cluster;

beforeEach(async () => {
  folder = temporaryFolder();
  cluster = await Cluster.start(() => ({ driver: "ipc", folder, secret: SECRET, ...BEATS }), ["room-1"]);
});

afterEach(async () => {
  await cluster.close();
  rmSync(folder, { recursive: true });
});

it("says of a server that ended by itself how it did, once, and its last words, and puts another in its place", async () => {
  const server = cluster.server("room-1");
  process.kill(server.pid, "SIGKILL");
  await server.ready(2);
  expect(cluster.fallen()).toEqual([
    expect.stringMatching(/^room-1 ended by itself: the process is gone \(SIGKILL\)\n(.*\n)*.*"msg":"server ready"/),
  ]);
  // Too late to want it.
  await server.kill();
  expect(server.fell).toBe(true);
  expect(cluster.fallen()).toEqual([]);
  await cluster.mend();
  expect(cluster.server("room-1").ended).toBeNull();
});

it("says nothing of one that was killed, or drained, or refused", async () => {
  const double = await cluster.prepare("room-1").dismiss().start();
  expect(double.ended).toMatch(/^room-1 runs already/);
  await cluster.server("room-1").drain();
  await (await cluster.add("room-1")).kill();
  expect(cluster.fallen()).toEqual([]);
});
