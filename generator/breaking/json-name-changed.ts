import type { BreakingRule } from "../breaking-rule.js";
import { own } from "../compatibility/comparison.js";
import { isReserved, isReservedName, writesJson } from "../compatibility/message-parts.js";
import { fieldSubject, valueSubject } from "../compatibility/source-pairs.js";

const HINT = "bodies in JSON carry names instead of numbers: ";

export const jsonNameChanged: BreakingRule = {
  id: "json-name-changed",
  level: "wire",
  checks:
    "Where bodies are written in JSON, fields and enum values keep their names, and those that are gone reserve them.",
  *check(comparison) {
    const { fields, enums, previous, current } = comparison;
    if (!writesJson(previous.facts) || !writesJson(current.facts)) return;
    for (const { message, number, previous: was, current: is } of fields) {
      // Between servers, bodies are protobuf.
      if (was.json === is?.json || comparison.isBetweenServers(message.former)) continue;
      // Without its number being reserved, it is another rule's finding.
      if (is === null && (isReservedName(message.current, was.name) || !isReserved(message.current, number))) continue;
      yield {
        message:
          is === null
            ? `field ${number} of ${message.name} is gone, and its name may be used again: ${was.name}`
            : `field ${number} of ${message.name} was "${was.json}" in JSON, and is "${is.json}"`,
        hint:
          is === null
            ? `${HINT}add to ${message.name}: reserved "${was.name}";`
            : `${HINT}keep it with [json_name = "${was.json}"]`,
        position: is === null ? current.places.type(message.name) : current.places.member(message.name, is.name),
        previous: previous.places?.member(message.former, was.name) ?? null,
        subject: fieldSubject(message.name, number),
      };
    }
    for (const { former, name, previous: was, current: is } of enums) {
      if (comparison.isBetweenServers(former)) continue;
      for (const [value, number] of Object.entries(was.values)) {
        if (own(is.values, value) !== undefined || isReservedName(is, value)) continue;
        const heir = Object.entries(is.values).find(([, other]) => other === number)?.[0];
        if (heir === undefined && !isReserved(is, number)) continue;
        yield {
          message: `value ${value} of ${name} is ${heir === undefined ? "gone" : `called ${heir} now`}`,
          hint: `${HINT}${heir === undefined ? `add to ${name}: reserved "${value}";` : "keep it, and allow_alias the new one"}`,
          position: heir === undefined ? current.places.type(name) : current.places.member(name, heir),
          previous: previous.places?.member(former, value) ?? null,
          subject: valueSubject(name, value),
        };
      }
    }
  },
};
