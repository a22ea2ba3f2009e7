/** A server of a topology by its id, `chat-2`: its type, and its number within the type. */
import { didYouMean } from "../../wire/did-you-mean.js";
import type { Manifest } from "../manifest.js";
import { type Configuration, ConfigurationError } from "./configuration.js";

export interface ServerPlace {
  readonly id: string;
  readonly type: string;
  /** From 1. */
  readonly number: number;
}

/** The highest number of a server. */
export const HIGHEST_NUMBER = 9_999;

/** What an id means. `types`: a type may stand in its place, for all of its servers. Throws ConfigurationError. */
export function placeOf(id: string, manifest: Manifest, { types = false } = {}): ServerPlace {
  const [, type = "", number = ""] = /^(.*)-([1-9][0-9]{0,3})$/.exec(id) ?? [];
  const names = manifest.servers.map(({ name }) => name);
  if (names.includes(type)) return { id, type, number: Number(number) };
  const hint = hintFor(id, names, types);
  const range = `${types ? "a server type, or one with " : "a server type and "}a number from 1 to ${HIGHEST_NUMBER}`;
  const text = `there is no server "${id}": its name is ${range}, as in ${names[0]}-1, and types are ${names.join(", ")}`;
  throw new ConfigurationError([`${text}${hint === null ? "" : `; ${hint}`}`]);
}

/** An id that there may be, or where it was no id that was typed, a type. */
function hintFor(id: string, names: readonly string[], types: boolean): string | null {
  const [, word = "", digits = ""] = /^(.*?)(-[0-9]*)?$/s.exec(id) ?? [];
  const number = Number(digits.slice(1));
  const isNumber = number >= 1 && number <= HIGHEST_NUMBER;
  const ending = types && digits === "" ? "" : `-${isNumber ? number : 1}`;
  if (names.includes(word)) return `did you mean "${word}${ending}"?`;
  return didYouMean(word, names)?.replace(/"\?$/, `${ending}"?`) ?? null;
}

/** All servers that a topology starts with, in the schema's order. */
export function placesOf({ servers }: Configuration, manifest: Manifest): ServerPlace[] {
  return manifest.servers.flatMap(({ name: type }) =>
    Array.from({ length: servers[type]!.count }, (_, index) => ({
      id: `${type}-${index + 1}`,
      type,
      number: index + 1,
    })),
  );
}

/** Of the topology's servers those that are named, each by its id or with all of its type. Throws ConfigurationError. */
export function chosenPlaces(names: readonly string[], all: readonly ServerPlace[], manifest: Manifest): ServerPlace[] {
  const types = manifest.servers.map(({ name }) => name);
  const places = new Map<string, ServerPlace>();
  for (const name of names) {
    const chosen = types.includes(name)
      ? all.filter(({ type }) => type === name)
      : [placeOf(name, manifest, { types: true })];
    for (const place of chosen) places.set(place.id, place);
  }
  return [...places.values()];
}
