import { didYouMean } from "../../wire/did-you-mean.js";
import { carries } from "../message-key.js";
import type { Protocol } from "../model.js";
import { ARGUMENT, type Rule, type RuleContext } from "../rule.js";

export const foreignControl: Rule = {
  id: "foreign-control",
  checks: "A protocol's control messages fit its key, and clients may call the route they log in with.",
  *check(context) {
    const { model, sources } = context;
    for (const protocol of model.protocols) {
      const { name, control, key, position } = protocol;
      if (control.kind === "foreign") yield* login(context, protocol);
      else if (key[0] === "route") {
        const message = `the handshake's messages have ids, and the key of ${name} is the route`;
        yield { message, hint: "use control() or none()", position: sources.part(position, 0, "control") };
      }
    }
  },
};

function* login({ handlers, sources }: RuleContext, protocol: Protocol) {
  const { name, control, position } = protocol;
  if (control.kind !== "foreign" || control.login === null) return;
  const at = sources.part(position, 0, "control", 0, "login");
  const { login: route } = control;
  const handler = handlers.find((candidate) => candidate.route === route);
  if (handler === undefined) {
    const requests = handlers.filter(({ kind }) => kind === "request").map((candidate) => candidate.route);
    const hint = didYouMean(route, requests) ?? `requests: ${requests.join(", ") || "none"}`;
    yield { message: `clients of ${name} log in with ${route}, and there is no such route`, hint, position: at };
  } else if (handler.kind === "notify") {
    const hint = "a client must learn whether it is logged in";
    yield { message: `clients of ${name} log in with ${route}, which is a notify`, hint, position: at };
  } else if (!carries(protocol, handler.messageId)) {
    const message = `clients of ${name} log in with ${route}, whose id is for protocols with another key`;
    yield { message, hint: null, position: at };
  } else if (!handler.public) {
    const message = `${route} is what clients of ${name} log in with, and is not public`;
    const where = sources.part(handler.position, ARGUMENT.request.options);
    yield { message, hint: "add public: true: before it nobody is bound to a user", position: where };
  }
}
