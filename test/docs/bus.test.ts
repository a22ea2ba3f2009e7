/** The page about the bus: what it says of NATS works, and its numbers are those of the code. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { joinBus } from "../../runtime/bus/join-bus.js";
import { type BusConfiguration, bus } from "../../runtime/operate/bus-configuration.js";
import { createLog } from "../../runtime/operate/log.js";
import { processTiming } from "../../runtime/operate/process-timing.js";
import { until } from "../runtime/bus/conformance.js";
import { pass } from "../runtime/bus/drivers.js";
import { Member } from "../runtime/bus/member.js";
import { Certificates } from "../runtime/listeners/certificates.js";
import { startNatsServer } from "../support/nats-server.js";

const page = readFileSync(fileURLToPath(new URL("../../docs/bus.md", import.meta.url)), "utf8");

/** `text` with every pair's left side, which must be there, in place of the right one. */
function changed(text: string, pairs: readonly (readonly [from: string, to: string])[]): string {
  return pairs.reduce((result, [from, to]) => {
    expect(result).toContain(from);
    return result.replace(from, () => to);
  }, text);
}

it("starts a NATS server that takes the application, and nobody without its password or a certificate", async () => {
  const certificates = await Certificates.of("nats");
  const own = await certificates.make("chat");
  const [, configuration = ""] = /```conf\n(.*?)```/s.exec(page) ?? [];
  const server = await startNatsServer({
    configuration: changed(configuration, [
      ['listen: "0.0.0.0:4222"\n', ""],
      ["$NATS_PASSWORD", '"from the environment"'],
      ["/etc/nats/server.pem", certificates.files.certificate],
      ["/etc/nats/server.key", certificates.files.key],
      ["/etc/nats/clients-ca.pem", own.certificate],
    ]),
  });
  const [, snippet = ""] = /bus: (\{\n {2}driver: "nats".*?\n\})/s.exec(page) ?? [];
  const text = changed(snippet, [
    ["nats://10.0.0.5:4222", server.url],
    ["tls/nats-ca.pem", certificates.files.certificate],
    ["tls/chat.pem", own.certificate],
    ["tls/chat.key", own.key],
  ]);
  const given = bus.parse({ ...(Function(`return (${text})`)() as object), password: "from the environment" });
  if (given.driver !== "nats") throw new Error("the page's configuration is not of NATS");
  const members: Member[] = [];
  const join = async (id: string, more: Partial<typeof given>) => {
    const member = new Member(id);
    member.bus = await joinBus({ ...given, ...more } as BusConfiguration, {
      self: { id, incarnation: members.length + 1 },
      receiver: member,
      timing: processTiming,
      log: createLog("silent"),
      linkBytes: 1024 * 1024,
      application: "chat",
    });
    members.push(member);
    member.announce("here");
    return member;
  };
  try {
    const [a, b] = [await join("chat-1", {}), await join("chat-2", {})];
    await until({ pass }, () => a.present.has("chat-2") && a.send("chat-2", "over TLS"));
    await until({ pass }, () => b.framesOf("chat-1").includes("over TLS"));
    await expect(join("chat-3", { password: "guessed" })).rejects.toThrow("refuses these credentials (bus.user");
    await expect(join("chat-3", { tls: { ca: certificates.files.certificate } })).rejects.toThrow("bus");
    await expect(join("chat-3", { tls: { ...given.tls, ca: undefined } })).rejects.toThrow(
      "bus.tls.ca says who signed",
    );
    await expect(join("chat-3", { prefix: "somebody.elses" })).rejects.toThrow(/subjects somebody\.elses\.>/);
  } finally {
    for (const member of members) await member.bus.close();
    await server.stop();
  }
}, 60_000);

it("says the defaults", () => {
  const { beat, window } = bus.parse({ driver: "ipc", folder: "run", secret: "0123456789abcdef" }) as {
    beat: number;
    window: number;
  };
  const said = (option: string) => new RegExp(`^\\| \`${option}\` .* \\| ([\\d,]+) +\\|$`, "m").exec(page)?.[1];
  expect([said("beat"), said("window")]).toEqual([beat, window].map((number) => number.toLocaleString("en")));
});
