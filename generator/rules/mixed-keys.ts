import { ARGUMENT, type Rule, showKey } from "../rule.js";

/** From here on a number stands for a key of two parts: `service * 65536 + messageId`. */
const LOWEST_PAIR = 0x1_0000;

export const mixedKeys: Rule = {
  id: "mixed-keys",
  checks:
    "Where some protocols have keys of one part and others of two, no id of the one kind is the number of the other.",
  *check({ model, handlers, pushes, sources }) {
    const lengths = new Set(model.protocols.map(({ key }) => key.length));
    if (lengths.size < 2) return;
    for (const { messageId, position } of [...handlers, ...pushes]) {
      const [first] = messageId;
      const isPair = messageId.length === 2;
      if (isPair ? first !== 0 : first! < LOWEST_PAIR) continue;
      yield {
        message: `message id ${showKey(messageId)} cannot be told from one of the protocols whose keys have ${isPair ? "one part" : "two parts"}`,
        hint: isPair ? "use a service from 1 on" : "use an id up to 65535",
        position: sources.part(position, ARGUMENT.id),
      };
    }
  },
};
