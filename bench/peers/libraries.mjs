import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../dev/paths.mjs";

/** The folder of the peers' package.json, and of one app for each library. */
export const peersFolder = join(root, "bench", "peers");

/**
 * @typedef {object} Library
 * @property {string} name as on npm
 * @property {string} app its file in apps/, without the ending
 * @property {"auth0" | "entra" | "keycloak"} [dialect] of its own server
 * @property {boolean} [issuerEndsWithSlash] the only form of issuer that it takes
 */

/** @type {Library[]} */
export const libraries = [
  { name: "portcullis", app: "portcullis" },
  { name: "oidc-spa", app: "oidc-spa" },
  {
    name: "@auth0/auth0-spa-js",
    app: "auth0-spa-js",
    dialect: "auth0",
    issuerEndsWithSlash: true,
  },
  { name: "oidc-client-ts", app: "oidc-client-ts" },
  { name: "keycloak-js", app: "keycloak-js", dialect: "keycloak" },
  { name: "@axa-fr/oidc-client", app: "axa-fr-oidc-client" },
  { name: "@azure/msal-browser", app: "msal-browser", dialect: "entra" },
  { name: "oauth4webapi", app: "oauth4webapi" },
];

/** @param {Library} library */
export function versionOf({ name }) {
  const folder = name === "portcullis" ? root : join(peersFolder, "node_modules", name);
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).version;
}
