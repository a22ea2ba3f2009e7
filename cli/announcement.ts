/** Where clients connect to a cluster that has started, for a person to read among the log's lines. */
import pc from "picocolors";

export interface Announced {
  /** How many servers run. */
  readonly count: number;
  readonly endpoints: readonly { readonly server: string; readonly url: string }[];
  /** http://host:port */
  readonly gates: readonly string[];
}

/** @param how the servers run, if not in this process */
export function announcement({ count: number, endpoints, gates }: Announced, how = ""): string {
  const lines = endpoints.map(({ server, url }) => `  ${server.padEnd(16)} ${url}`);
  for (const gate of gates) lines.push(`  ${"which connector?".padEnd(16)} ${gate}/entry?uid=somebody`);
  const count = number === 1 ? "1 server runs" : `${number} servers run`;
  const where = lines.length === 0 ? "" : ` Clients connect to:\n${lines.join("\n")}`;
  return `${pc.green("ok")} ${count}${how === "" ? "" : `, ${how}`}; Ctrl-C stops them.${where}\n`;
}
