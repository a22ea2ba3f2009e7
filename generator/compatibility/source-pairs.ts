/** The types that programs are written against, used on a wire or not: those of both schemas, in pairs. */
import type { EnumType, MessageField, MessageType, Model } from "../model.js";
import type { Comparison } from "./comparison.js";

export interface TypePair<T> {
  readonly previous: T;
  readonly current: T;
}

export interface SourceField extends TypePair<MessageField> {
  readonly messages: TypePair<MessageType>;
}

/** None when only the facts of the previous schema are left. */
export function pairMessages(comparison: Comparison): TypePair<MessageType>[] {
  return pair(comparison, ({ protoFiles }) => protoFiles.flatMap(({ messages }) => messages));
}

export function pairEnums(comparison: Comparison): TypePair<EnumType>[] {
  return pair(comparison, ({ protoFiles }) => protoFiles.flatMap(({ enums }) => enums));
}

/** Fields of the same number. */
export function pairFields(comparison: Comparison): SourceField[] {
  return pairMessages(comparison).flatMap((messages) => {
    const now = new Map(messages.current.fields.map((field) => [field.number, field]));
    return messages.previous.fields.flatMap((previous): SourceField[] => {
      const current = now.get(previous.number);
      return current === undefined ? [] : [{ messages, previous, current }];
    });
  });
}

function pair<T extends { readonly fullName: string }>(
  comparison: Comparison,
  typesOf: (model: Model) => readonly T[],
): TypePair<T>[] {
  const { previous, current } = comparison;
  if (previous.model === null) return [];
  const now = new Map(typesOf(current.model).map((type) => [type.fullName, type]));
  return typesOf(previous.model).flatMap((type) => {
    const name = comparison.typeNow(type.fullName);
    const kept = name === null ? undefined : now.get(name);
    return kept === undefined ? [] : [{ previous: type, current: kept }];
  });
}

/** What a break of a field is about, so that its name is not mourned when its bytes are. */
export const fieldSubject = (message: string, number: number) => `field ${number} of ${message}`;
export const valueSubject = (type: string, value: string) => `value ${value} of ${type}`;
export const typeSubject = (type: string) => `type ${type}`;
