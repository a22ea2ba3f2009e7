import { fieldOf, highestValue } from "../layout-size.js";
import type { LayoutField, MessageKinds } from "../model.js";
import { distinctLayoutsOf, type Rule } from "../rule.js";

export const messageKind: Rule = {
  id: "message-kind",
  checks: "The numbers of the role kind differ, fit the field, and are the same in both of a protocol's layouts.",
  *check({ model }) {
    for (const { layout } of distinctLayoutsOf(model)) {
      const field = fieldOf(layout, "kind");
      const kinds = kindsOf(field);
      if (field === undefined || kinds === null) continue;
      const numbers = Object.entries(kinds);
      const highest = highestValue(field);
      for (const [index, [name, number]] of numbers.entries()) {
        const other = numbers.slice(0, index).find(([, earlier]) => earlier === number);
        if (other !== undefined) {
          const message = `"${field.name}" is ${number} for ${other[0]} and for ${name}`;
          yield { message, hint: "a reader could not tell them apart", position: field.position };
        } else if (number > highest && highest > 0) {
          const message = `"${field.name}" goes from 0 to ${highest}, and cannot be ${number}, for ${name}`;
          yield { message, hint: null, position: field.position };
        }
      }
    }
    for (const { name, request, response } of model.protocols) {
      const [up, down] = [fieldOf(request, "kind"), fieldOf(response, "kind")];
      const [above, below] = [kindsOf(up), kindsOf(down)];
      if (down === undefined || above === null || below === null || areSame(above, below)) continue;
      const message = `"${down.name}" has other numbers than "${up!.name}" of ${name}'s request layout`;
      yield { message, hint: "a protocol has one set of them", position: down.position };
    }
  },
};

function kindsOf(field: LayoutField | undefined): MessageKinds | null {
  return field?.role?.kind === "kind" ? field.role.values : null;
}

function areSame(a: MessageKinds, b: MessageKinds): boolean {
  return a.request === b.request && a.notify === b.notify && a.response === b.response && a.push === b.push;
}
