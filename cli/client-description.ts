/** A model as the client runtime wants to hear of it: what a generated client's constants say, made at run time. */
import type { ClientDescription, NotifyRoute, PushRoute, RequestRoute } from "../client/index.js";
import type { Model, Protocol } from "../generator/model.js";
import { controlId, keyNumber } from "../generator/targets/protocol-key.js";
import { bodyCodec, layoutCodec } from "./dynamic-codecs.js";
import type { MessageJson } from "./message-json.js";

/** What a route takes and gives is JSON data here. */
export type Route = RequestRoute<unknown, unknown> | NotifyRoute<unknown>;

export function describeClient(model: Model, protocol: Protocol, messages: MessageJson): ClientDescription {
  const encoding = protocol.body === "json" ? "json" : "protobuf";
  const routes: Route[] = [];
  const pushes: PushRoute<unknown>[] = [];
  for (const server of model.servers) {
    for (const handler of server.groups.flatMap((group) => group.handlers)) {
      const shared = {
        route: handler.route,
        messageId: keyNumber(handler.messageId),
        serverType: server.typeId,
        request: bodyCodec(messages, handler.request, encoding),
        timeout: handler.timeout,
        maxBytes: handler.maxBytes,
      };
      if (handler.response === null) routes.push({ kind: "notify", ...shared });
      else
        routes.push({
          kind: "request",
          ...shared,
          response: bodyCodec(messages, handler.response, encoding),
          replyId: keyNumber(handler.replyId),
        });
    }
    for (const push of server.pushes) {
      const message = bodyCodec(messages, push.message, encoding);
      pushes.push({ kind: "push", route: push.route, messageId: keyNumber(push.messageId), message });
    }
  }
  return {
    name: model.name,
    version: model.version,
    schemaHash: model.schemaHash,
    lineage: model.lock.lineage.map(({ hash }) => hash),
    request: layoutCodec(protocol.request),
    response: layoutCodec(protocol.response),
    ...(protocol.key.length === 2 ? { pair: true } : {}),
    controlId: controlId(protocol),
    errors: Object.fromEntries(model.errors.map(({ name, code }) => [name, code])),
    routes,
    pushes,
  };
}
