import { create } from "./element";

const TOKENS =
  /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)/g;

/** A JSON value, indented and coloured. */
export function jsonView(value: unknown): HTMLPreElement {
  const text = JSON.stringify(value, null, 2);
  const view = create("pre", "json");
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [whole, string, colon, word] = match;
    const kind = string ? (colon ? "key" : "string") : word ? "word" : "number";
    const token = string ?? whole;
    view.append(text.slice(end, match.index), create("span", `json-${kind}`, token));
    end = match.index + token.length;
  }
  view.append(text.slice(end));
  return view;
}
