import { ts } from "ts-morph";
import { nameText } from "../load/source-tree.js";
import type { Rule } from "../rule.js";

/** The program only sees the last of two, so this is found in the source. */
export const duplicateProperty: Rule = {
  id: "duplicate-property",
  checks: "No object of the schema has a property twice: the first would be lost without a word.",
  *check({ sources }) {
    for (const tree of sources.trees()) {
      const objects: ts.ObjectLiteralExpression[] = [];
      const visit = (node: ts.Node): void => {
        if (ts.isObjectLiteralExpression(node)) objects.push(node);
        ts.forEachChild(node, visit);
      };
      visit(tree);
      for (const { properties } of objects) {
        const first = new Map<string, ts.Node>();
        for (const property of properties) {
          if (ts.isSpreadAssignment(property) || ts.isAccessor(property)) continue;
          const name = nameText(property.name);
          if (name === undefined) continue;
          const other = first.get(name);
          if (other === undefined) {
            first.set(name, property);
            continue;
          }
          const { file, line, column } = sources.positionOf(other);
          yield {
            message: `"${name}" is there twice`,
            hint: `the one at ${file}:${line}:${column} is lost`,
            position: sources.positionOf(property),
          };
        }
      }
    }
  },
};
