import type { BreakingRule } from "../breaking-rule.js";

export const linkIdChanged: BreakingRule = {
  id: "link-id-changed",
  level: "wire",
  checks: "A route keeps the number that it has between servers.",
  *check({ routes, previous, current }) {
    if (!previous.linked) return;
    for (const { former, name, previous: was, current: is } of routes) {
      if (is === null || is.link === was.link) continue;
      yield {
        message: `${name} was number ${was.link} between servers, and is number ${is.link}`,
        hint: "restore schema/ids.lock.json from version control: it says which number is whose",
        position: current.places.route(name)!,
        previous: previous.places?.route(former) ?? null,
        serversOnly: true,
      };
    }
  },
};
