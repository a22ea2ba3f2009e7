/** The town on real sockets: one connector with a listener for each way in. */
import { type Cluster, type ConfigurationInput, type StartOptions, startCluster } from "gatesmith/runtime";
import { expect, onTestFinished } from "vitest";
import type { Counters } from "../../../runtime/operate/counters.js";
import { memoryLog } from "../lab/memory-log.js";
import application from "./app/index.js";
import { HexLine, pdu, plain } from "./hex-line.js";

export interface Town extends Cluster {
  /** Of the connector. */
  readonly counters: Counters;
  readonly urls: {
    readonly main: string;
    readonly json: string;
    readonly labelled: string;
    readonly teamtalk: string;
    readonly lines: string;
    readonly pomelo: string;
  };
}

export async function startTown(
  limits: ConfigurationInput["limits"] = {},
  timing: StartOptions["timing"] = undefined,
): Promise<Town> {
  const { log } = memoryLog();
  const listeners = [
    {
      transport: "websocket" as const,
      port: 0,
      paths: { "/": "main", "/json": "json", "/labelled": "labelled", "/pomelo": "pomelo" },
    },
    { transport: "tcp" as const, port: 0, protocol: "teamtalk" },
    { transport: "tcp" as const, port: 0, protocol: "lines" },
  ];
  const servers = { gate: { port: 0 }, connector: { listeners } };
  const cluster = await startCluster(application, { servers, limits }, { log, timing });
  onTestFinished(() => cluster.stop());
  const [main, json, labelled, pomelo, teamtalk, lines] = cluster.endpoints
    .filter(({ server }) => server === "connector-1")
    .map(({ url }) => url);
  const connector = cluster.servers.find(({ core }) => core.id === "connector-1")!;
  return {
    ...cluster,
    counters: connector.core.counters,
    urls: { main: main!, json: json!, labelled: labelled!, pomelo: pomelo!, teamtalk: teamtalk!, lines: lines! },
  };
}

/** TeamTalk's login as `ann` with the password `pw`. */
export const LOGIN = "0a03616e6e 12027077";

/** The answer: server_time 0x01020304, result_code 0. */
export const LOGGED_IN = pdu(1, 0x0104, 1, "0884868808 1000");

/** A TeamTalk client that is `ann`, and has used sequence 1. */
export async function loggedIn({ urls }: Town): Promise<HexLine> {
  const line = await HexLine.tcp(urls.teamtalk);
  line.send(pdu(1, 0x0103, 1, LOGIN));
  expect(await line.take(LOGGED_IN)).toBe(plain(LOGGED_IN));
  return line;
}
