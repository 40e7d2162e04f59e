import { createElement as h } from "react";
import { renderToString } from "react-dom/server";
import { App } from "./react_app.mjs";

/**
 * What a server answers.
 *
 * @param {import("./react_app.mjs").Settings} settings
 */
export function render(settings) {
  const servers = { issuer: "https://issuer.example", clientId: "spa", api: "https://api.example" };
  return renderToString(h(App, { settings, servers }));
}
