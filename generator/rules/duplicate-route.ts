import type { Position } from "../model.js";
import type { Rule } from "../rule.js";

export const duplicateRoute: Rule = {
  id: "duplicate-route",
  checks:
    "A route, a server type and a group each have a name of their own; those that become files differ in more than case.",
  *check({ model, sources }) {
    const types = new Map<string, string>();
    for (const { name, groups, pushes, position } of model.servers) {
      const other = types.get(name.toLowerCase());
      if (other !== undefined) yield clash(`server type "${name}"`, other, name, sources.part(position, 0));
      types.set(name.toLowerCase(), name);

      const groupNames = new Map<string, string>();
      for (const group of groups) {
        const otherGroup = groupNames.get(group.name.toLowerCase());
        const member = group.handlers[0] ?? group.remotes[0] ?? group.schedules[0];
        if (otherGroup !== undefined && member !== undefined) {
          yield clash(`group "${group.name}" of ${name}`, otherGroup, group.name, sources.nameOf(member.position, 1));
        }
        groupNames.set(group.name.toLowerCase(), group.name);
        for (const remote of group.remotes) {
          if (!group.handlers.some(({ method }) => method === remote.method)) continue;
          yield {
            message: `${remote.route} is both a handler and a remote`,
            hint: "both would be the same method of the group's class; give one another name",
            position: sources.nameOf(remote.position),
          };
        }
        for (const schedule of group.schedules) {
          const other = [
            ...group.handlers.map(({ method }) => ({ method, kind: "handler" })),
            ...group.remotes.map(({ method }) => ({ method, kind: "remote" })),
          ].find(({ method }) => method === schedule.method);
          if (other === undefined) continue;
          yield {
            message: `${schedule.name} is both a ${other.kind} and a schedule`,
            hint: "both would be the same method of the group's class; give one another name",
            position: sources.nameOf(schedule.position),
          };
        }
      }
      for (const push of pushes) {
        if (!groups.some((group) => group.name === push.name)) continue;
        yield {
          message: `${push.route} is both a push and a group`,
          hint: `a client would find both under ${name}.${push.name}; give one another name`,
          position: sources.nameOf(push.position),
        };
      }
    }
  },
};

function clash(what: string, other: string, name: string, position: Position) {
  return other === name
    ? { message: `${what} is there twice`, hint: "give one of them another name", position }
    : {
        message: `${what} differs from "${other}" only in case`,
        hint: "both become files, and some disks do not tell them apart",
        position,
      };
}
