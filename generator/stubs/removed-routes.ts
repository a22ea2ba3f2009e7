/** Finds what the application still has for routes and schedules the schema no longer has. The lock file remembers all there ever were. */
import type { Lock, Model } from "../model.js";
import { APPLICATION_PATH, type ApplicationSource } from "./application-source.js";
import { classesOf, declaredMembers, type Problem } from "./group-class.js";
import { parse, positionOf } from "./source-file.js";

/**
 * `links` are those of the lock file before this run, which still has a renamed route under its old name. `read` gives a file's
 * text, or null.
 */
export function removedRoutes(
  model: Model,
  links: Lock["links"],
  application: ApplicationSource | null,
  read: (path: string) => string | null,
): Problem[] {
  const former = new Map<string, number | null>([
    ...Object.keys(model.lock.schedules).map((name) => [name, null] as const),
    ...Object.entries({ ...links, ...model.lock.links }),
  ]);
  return [...removedMethods(model, former, application, read), ...removedGroups(model, application)];
}

function removedMethods(
  model: Model,
  former: ReadonlyMap<string, number | null>,
  application: ApplicationSource | null,
  read: (path: string) => string | null,
): Problem[] {
  const current = new Set(
    model.servers.flatMap(({ groups }) =>
      groups.flatMap(({ handlers, remotes, schedules }) => [
        ...[...handlers, ...remotes].map(({ route }) => route),
        ...schedules.map(({ name }) => name),
      ]),
    ),
  );
  const renamed = new Map(Object.entries(model.lock.links).map(([route, link]) => [link, route]));
  return [...former].flatMap(([route, link]): Problem[] => {
    const [type, group, method, ...rest] = route.split(".");
    // A push has two parts, and no method of the application's.
    if (current.has(route) || type === undefined || group === undefined || method === undefined || rest.length > 0)
      return [];
    const module = application?.types.get(type)?.wired.get(group)?.module ?? null;
    const path = module === null ? `app/${type}/${group}.ts` : `${module}.ts`;
    const text = read(path);
    if (text === null) return [];
    for (const node of classesOf(parse(path, text))) {
      const position = declaredMembers(node).get(method);
      const name = link === null ? undefined : renamed.get(link);
      const gone =
        name === undefined || name === route ? `${route} is no longer in the schema` : `${route} is called ${name} now`;
      if (position) return [{ message: `${gone}: nothing calls this`, position }];
    }
    return [];
  });
}

function removedGroups(model: Model, application: ApplicationSource | null): Problem[] {
  if (application === null) return [];
  return [...application.types].flatMap(([type, entry]): Problem[] => {
    const declared = model.servers.find(({ name }) => name === type);
    if (declared === undefined) {
      return [
        {
          message: `${type} is no server type of the schema; remove it from ${APPLICATION_PATH}`,
          position: positionOf(entry.name),
        },
      ];
    }
    return [...entry.wired]
      .filter(([group]) => !declared.groups.some(({ name }) => name === group))
      .map(([group, { name }]) => ({
        message: `${type}.${group} is no group of the schema; remove it from ${APPLICATION_PATH}`,
        position: positionOf(name),
      }));
  });
}
