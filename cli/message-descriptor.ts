/** The model's messages as protobufjs knows them: `call` and `explain` work for any schema, without compiled code. */
import protobuf from "protobufjs";
import type { EnumType, MessageField, MessageType, Model } from "../generator/model.js";

/** All messages and enums of a schema, ready for `lookupType` by full name. */
export function messageRoot(model: Model): protobuf.Root {
  const descriptor: protobuf.INamespace = { nested: {} };
  for (const file of model.protoFiles) {
    for (const message of file.messages) merge(descriptor, message.fullName, describeMessage(message));
    for (const type of file.enums) merge(descriptor, type.fullName, describeEnum(type));
  }
  const root = protobuf.Root.fromJSON(descriptor);
  root.resolveAll();
  return root;
}

/** Puts a type where its full name says. What stands there already holds nested types that came first. */
function merge(descriptor: protobuf.INamespace, fullName: string, type: protobuf.AnyNestedObject): void {
  const path = fullName.split(".");
  const name = path.pop()!;
  let parent = descriptor;
  for (const part of path) {
    parent.nested ??= {};
    parent.nested[part] ??= { nested: {} };
    parent = parent.nested[part] as protobuf.INamespace;
  }
  parent.nested ??= {};
  parent.nested[name] = { ...parent.nested[name], ...type } as protobuf.AnyNestedObject;
}

function describeMessage(message: MessageType): protobuf.IType {
  const oneofs: Record<string, protobuf.IOneOf> = {};
  for (const oneof of message.oneofs) oneofs[oneof.name] = { oneof: [] };
  for (const field of message.fields) {
    if (field.oneof !== null) oneofs[message.oneofs[field.oneof]!.name]!.oneof.push(field.name);
    // What protobuf itself makes of `optional`: a oneof with one member, which has no default.
    else if (isOptionalScalar(field)) oneofs[`_${field.name}`] = { oneof: [field.name] };
  }
  return {
    fields: Object.fromEntries(message.fields.map((field) => [field.name, describeField(field)])),
    ...(Object.keys(oneofs).length > 0 && { oneofs }),
  };
}

const isOptionalScalar = (field: MessageField) => field.presence === "explicit" && field.type.kind !== "message";

function describeField(field: MessageField): protobuf.IField | protobuf.IMapField {
  const type = field.type.kind === "scalar" ? field.type.scalar : `.${field.type.fullName}`;
  if (field.presence === "map") return { id: field.number, type, keyType: field.mapKey! };
  const rule = field.presence === "repeated" ? { rule: "repeated" } : {};
  const options: Record<string, unknown> = {};
  if (field.presence === "repeated") options.packed = field.packed;
  if (isOptionalScalar(field) && field.oneof === null) options.proto3_optional = true;
  return { id: field.number, type, ...rule, ...(Object.keys(options).length > 0 && { options }) };
}

function describeEnum(type: EnumType): protobuf.IEnum {
  const aliased = new Set(type.values.map(({ number }) => number)).size < type.values.length;
  return {
    values: Object.fromEntries(type.values.map(({ name, number }) => [name, number])),
    ...(aliased && { options: { allow_alias: true } }),
  };
}
