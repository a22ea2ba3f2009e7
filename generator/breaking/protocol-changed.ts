import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { differences, sameJson } from "../compatibility/differences.js";

export const protocolChanged: BreakingRule = {
  id: "protocol-changed",
  level: "wire",
  checks: "A protocol keeps its key, its framing, how its bodies are written, and its control messages.",
  *check({ previous, current }) {
    for (const [name, before] of Object.entries(previous.facts.protocols)) {
      const now = own(current.facts.protocols, name);
      if (now === undefined) continue;
      for (const part of [...new Set([...Object.keys(before), ...Object.keys(now)])].sort()) {
        if (part === "request" || part === "response" || sameJson(before[part], now[part])) continue;
        yield {
          message: `protocol ${name}: ${differences(before[part], now[part], [part]).join(", ")}`,
          hint: "add a protocol that has it, and keep this one for old clients",
          position: current.places.protocol(name, part)!,
          previous: previous.places?.protocol(name, part) ?? null,
          // Servers tell each other of protocols by their place.
          serversOnly: part === "place",
        };
      }
    }
  },
};
