/** What of the schema's messages a client may see: those its routes, pushes and kicks carry, and those they reach. */
import type { Model, ProtoFile } from "../model.js";

/** The schema's files without the types a client has no use for; files that would be empty are left out. */
export function visibleFiles(model: Model): ProtoFile[] {
  const messages = new Map(
    model.protoFiles.flatMap((file) => file.messages.map((message) => [message.fullName, message])),
  );
  const visible = new Set<string>();
  const visit = (fullName: string): void => {
    if (visible.has(fullName)) return;
    visible.add(fullName);
    for (const { type } of messages.get(fullName)?.fields ?? []) {
      if (type.kind !== "scalar") visit(type.fullName);
    }
  };
  for (const type of model.servers) {
    for (const { request, response } of type.groups.flatMap(({ handlers }) => handlers)) {
      visit(request);
      if (response !== null) visit(response);
    }
    for (const { message } of type.pushes) visit(message);
  }
  for (const { control } of model.protocols) {
    if (control.kind === "foreign" && control.kick !== null) visit(control.kick.message);
  }
  return model.protoFiles
    .map((file) => ({
      ...file,
      messages: file.messages.filter(({ fullName }) => visible.has(fullName)),
      enums: file.enums.filter(({ fullName }) => visible.has(fullName)),
    }))
    .filter(({ messages, enums }) => messages.length + enums.length > 0);
}
