import { ErrorCode, FIRST_APPLICATION_ERROR } from "../../wire/error-code.js";
import { fieldOf, highestValue } from "../layout-size.js";
import type { Rule } from "../rule.js";

export const errorCode: Rule = {
  id: "error-code",
  checks: "An error of the application has a name and a code of its own, from 1000 to what the layouts can hold.",
  *check({ model }) {
    const widths = model.protocols
      .map(({ response }) => highestValue(fieldOf(response, "errorCode")))
      .filter((limit) => limit >= FIRST_APPLICATION_ERROR);
    const highest = Math.min(65_535, ...widths);
    const owners = new Map<number, string>();
    for (const { name, code, position } of model.errors) {
      const owner = owners.get(code);
      if (Object.hasOwn(ErrorCode, name)) {
        yield { message: `${name} is an error of Gatesmith's own`, hint: "give it another name", position };
      } else if (code < FIRST_APPLICATION_ERROR || code > highest) {
        const range = `${FIRST_APPLICATION_ERROR} to ${highest}`;
        yield { message: `error code ${code} of ${name} is not from ${range}`, hint: null, position };
      } else if (owner !== undefined) {
        yield { message: `error code ${code} means ${name} and ${owner}`, hint: null, position };
      } else owners.set(code, name);
    }
  },
};
