import type { FieldType, Layout, LayoutField, Protocol } from "../model.js";
import { distinctLayoutsOf, layoutsOf, type Rule } from "../rule.js";

export const layoutDelimiter: Rule = {
  id: "layout-delimiter",
  checks:
    "Where a delimiter ends a frame, nothing before it may hold its bytes; where one ends a field, it ends it only.",
  *check({ model }) {
    for (const { layout } of distinctLayoutsOf(model)) {
      for (const field of layout.fields) yield* ambiguous(layout, field);
      if (isDelimited(layout)) for (const field of layout.fields) yield* binary(layout, field);
    }
    for (const { layout, protocol, what } of layoutsOf(model)) {
      if (protocol !== null && isDelimited(layout)) yield* bodies(layout, protocol, what);
    }
  },
};

/** Whether a frame is over when its delimiter comes, and nothing else tells. */
function isDelimited({ end, fields }: Layout): boolean {
  return end !== "" && !fields.some(({ role }) => role?.kind === "length");
}

function delimiterOf(type: FieldType): string | null {
  return type.kind === "decimal" || type.kind === "until" ? type.delimiter : null;
}

function* ambiguous(layout: Layout, { name, type, position }: LayoutField) {
  const delimiter = delimiterOf(type);
  if (delimiter === null) return;
  if (type.kind === "decimal" && /^[0-9]/.test(delimiter)) {
    const message = `the delimiter ${show(delimiter)} of "${name}" begins with a digit: nobody could tell where the number ends`;
    yield { message, hint: null, position };
  }
  if (isDelimited(layout) && meet(delimiter, layout.end)) {
    const message = `the delimiter ${show(delimiter)} of "${name}" has a character of ${show(layout.end)}, which ends the frame`;
    yield { message, hint: "a reader could stop at the wrong one", position };
  }
}

const meet = (a: string, b: string) => [...a].some((character) => b.includes(character));

/** Forms that are text, of which an encoder can say that they hold no delimiter. */
const TEXTS: ReadonlySet<FieldType["kind"]> = new Set(["char", "decimal", "until", "text"]);

function* binary({ end, fields }: Layout, field: LayoutField) {
  const { name, type, position } = field;
  if (type.kind === "text" && end.includes(String.fromCharCode(type.pad))) {
    const message = `"${name}" is padded with a character of ${show(end)}, which ends the frame`;
    yield { message, hint: 'pad it with another one: { pad: " " }', position };
  }
  if (TEXTS.has(type.kind) || isHarmless(type, end)) return;
  // A group of bits is told once.
  if (type.kind === "bits" && !type.group.first) return;
  const shown = type.kind === "bits" ? type.group.name : name;
  yield {
    message: `"${shown}" is binary, and may hold the bytes of ${show(end)}, which ends the frame`,
    hint:
      fields.length === 1
        ? "use char(), decimal(), until() or text(n), or a length instead of the delimiter"
        : "use char(), decimal(), until() or text(n), or give the layout a length",
    position,
  };
}

/** A constant without any byte of the delimiter. */
function isHarmless(type: FieldType, end: string): boolean {
  if (type.kind !== "constant") return false;
  const bytes = new Set(new TextEncoder().encode(end));
  for (let left = type.value, at = 0; at < type.bits / 8; at++, left = Math.floor(left / 256)) {
    if (bytes.has(left % 256)) return false;
  }
  return true;
}

function* bodies(layout: Layout, { name, body, control }: Protocol, what: string) {
  const { end, position } = layout;
  if (control.kind === "handshake") {
    const message = `the ${what} ends frames by ${show(end)}, which the handshake's messages may hold: they are binary`;
    yield { message, hint: "give the layout a length, or the protocol control() or none()", position };
  }
  // JSON writes control characters as escapes, so a delimiter with one of them is in no JSON text.
  const isControl = [...end].some((character) => character < " ");
  if (body === "protobuf" || (body === "json" && !isControl)) {
    const message = `the ${what} ends frames by ${show(end)}, which bodies of ${name} may hold: they are ${body}`;
    const hint =
      'give the layout a length; or say body: "raw", and a body with the delimiter is refused when it is sent';
    yield { message, hint, position };
  }
}

const show = (text: string) => JSON.stringify(text);
