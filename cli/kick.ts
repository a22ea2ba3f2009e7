/** `gatesmith kick`: ends all sessions of a user. */
import type { Command } from "commander";
import pc from "picocolors";
import { CommandError, ExitCode } from "./command-error.js";
import { environmentOption } from "./load-application.js";
import { rootOption } from "./project-root.js";
import { quoted } from "./quoted.js";

interface KickOptions {
  root: string;
  environment?: string;
  reason: string;
}

export function addKick(program: Command): void {
  program
    .command("kick")
    .summary("end all sessions of a user")
    .description(
      "Ends all sessions of a user in the running cluster. Their clients are told not to come back by themselves.",
    )
    .argument("<uid>", "whom: what the application has bound its sessions to")
    .option("--reason <text>", "what the client is told, at most 100 bytes", "")
    .addOption(rootOption())
    .addOption(environmentOption())
    .addHelpText("after", '\nExample:\n  $ gatesmith kick lobby/ann --reason "be nice"')
    .action(kick);
}

/** A close frame has room for 123. */
const LONGEST_REASON = 100;

async function kick(uid: string, { root, environment, reason }: KickOptions): Promise<void> {
  const bytes = Buffer.byteLength(reason);
  if (bytes > LONGEST_REASON) {
    throw new CommandError(`--reason has ${bytes} bytes; at most ${LONGEST_REASON} reach a client`, ExitCode.USAGE);
  }
  if (uid === "") throw new CommandError("an empty uid is nobody's", ExitCode.USAGE);
  const { LONGEST_UID } = await import("../runtime/session/bindings.js");
  if (uid.length > LONGEST_UID) {
    throw new CommandError(`a uid has at most ${LONGEST_UID} characters; this one has ${uid.length}`, ExitCode.USAGE);
  }
  const { answerOf, someServer, withCluster } = await import("./administered-cluster.js");
  const { Operation } = await import("../runtime/bus/envelope.js");
  const { Reach, SessionKick } = await import("../runtime/bus/cluster-messages.js");
  await withCluster(root, environment, async ({ administrator, servers }) => {
    const request = { codec: SessionKick, message: { uid, code: 0, reason } };
    const server = someServer(servers);
    const asked = administrator.ask(server, Operation.KICK_EVERYWHERE, request, Reach, `kick of ${quoted(uid)}`);
    const { sessions } = await answerOf(asked);
    const ended =
      sessions === 0
        ? `${quoted(uid)} has no session`
        : `${sessions === 1 ? "1 session" : `${sessions} sessions`} of ${quoted(uid)} ended`;
    process.stdout.write(`${pc.green("ok")} ${ended}\n`);
  });
}
