/**
 * How a server that a library was made for differs from ours, as far as the library can't do without.
 *
 * @typedef {object} Dialect
 * @property {Record<string, string>} [paths] where it has endpoints of ours
 * @property {Record<string, string>} [headers] what it sends with its answers
 * @property {(form: URLSearchParams) => void} [change] turns what a library sends into what ours takes
 * @property {(tokens: Record<string, unknown>) => void} [dress] turns what ours gives into what the
 *   library takes
 */

/**
 * oidc-provider leaves this scope out of a grant without a word, and refuses a refresh that repeats it.
 *
 * @param {URLSearchParams} form
 */
function withoutOfflineAccess(form) {
  const scope = form.get("scope");
  if (form.get("grant_type") !== "refresh_token" || scope === null) return;
  const rest = scope.split(" ").filter((name) => name !== "offline_access");
  form.set("scope", rest.join(" "));
}

/** Auth0 has its endpoints at fixed paths, and lets its library send a header of its own. */
const auth0 = {
  paths: { "/oauth/token": "/token" },
  headers: { "Access-Control-Allow-Headers": "auth0-client" },
  change: withoutOfflineAccess,
};

/** Entra ID grants the scope. */
const entra = { change: withoutOfflineAccess };

/** keycloak-js reads all tokens as JWTs, as those of Keycloak are, and sends requests with credentials. */
const keycloak = {
  headers: { "Access-Control-Allow-Credentials": "true" },
  change: (/** @type {URLSearchParams} */ form) => {
    const token = form.get("refresh_token");
    if (token !== null) form.set("refresh_token", token.split(".")[2]);
  },
  dress: (/** @type {Record<string, unknown>} */ tokens) => {
    for (const name of ["access_token", "refresh_token"]) {
      if (typeof tokens[name] === "string") tokens[name] = dressedAsJwt(tokens[name], tokens);
    }
  },
};

const dialects = { auth0, entra, keycloak };

/**
 * @param {import("./libraries.mjs").Library} library
 * @returns {Dialect}
 */
export function dialectOf({ dialect }) {
  return dialect ? dialects[dialect] : {};
}

/**
 * @param {string} token
 * @param {Record<string, unknown>} tokens
 */
function dressedAsJwt(token, { expires_in }) {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { sub: "alice", iat, exp: iat + Number(expires_in) };
  const parts = [{ alg: "none" }, claims].map((part) => JSON.stringify(part));
  return [...parts.map((part) => Buffer.from(part).toString("base64url")), token].join(".");
}
