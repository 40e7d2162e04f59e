import { createHash, randomBytes, randomUUID } from "node:crypto";
import { SignJWT, exportJWK } from "jose";

/** @typedef {{ issuer: string }} Server */
/** @typedef {Record<string, string | string[]>} Parameters */

export const REDIRECT_URI = "http://localhost:4180/callback";

/**
 * As much of a browser as a login needs: it keeps cookies and follows redirects within the server.
 */
export class PlainBrowser {
  /** @type {Map<string, { value: string, path: string }>} */
  #cookies = new Map();

  /**
   * @param {string} url
   * @param {RequestInit} [init]
   */
  async request(url, init = {}) {
    const { pathname } = new URL(url);
    const cookie = [...this.#cookies.entries()]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([key, { value }]) => `${key.split(";")[0]}=${value}`)
      .join("; ");
    const response = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { accept: "text/html", ...init.headers, cookie },
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** @param {string} line */
  #keep(line) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const path = /;\s*path=([^;]*)/i.exec(line)?.[1] ?? "/";
    if (value) this.#cookies.set(`${name};${path}`, { value, path });
    else this.#cookies.delete(`${name};${path}`);
  }

  /**
   * @param {string} url
   * @param {RequestInit} [init]
   * @returns {Promise<{ url: string, page: string }>} where it ended: a page, or another origin
   */
  async navigate(url, init) {
    const response = await this.request(url, init);
    const location = response.headers.get("location");
    if (!location) return { url, page: await response.text() };
    const next = new URL(location, url);
    return next.origin === new URL(url).origin
      ? this.navigate(next.href)
      : { url: next.href, page: "" };
  }

  /**
   * Submits one of a page's forms with its hidden fields.
   *
   * @param {{ url: string, page: string }} at
   * @param {string} ending how the form's action ends
   * @param {Record<string, string>} [fields]
   */
  submit({ url, page }, ending, fields = {}) {
    const forms = page.split("<form").slice(1);
    const form = forms.find((text) => actionOf(text).endsWith(ending));
    if (!form) throw new Error(`no form for ${ending} in ${page}`);
    const hidden = Object.fromEntries(
      [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)].map((m) => [m[1], m[2]]),
    );
    return this.navigate(new URL(actionOf(form), url).href, {
      method: "POST",
      body: new URLSearchParams({ ...hidden, ...fields }),
    });
  }

  /**
   * Goes from an authorization request through login and consent to the redirect URI.
   *
   * @param {string} url
   * @param {string} [username]
   */
  async logIn(url, username = "alice") {
    let at = await this.navigate(url);
    if (at.page.includes("/login")) {
      at = await this.submit(at, "/login", { username, password: `${username}-password` });
    }
    if (at.page.includes("/consent")) at = await this.submit(at, "/consent");
    return new URL(at.url);
  }
}

/** @param {string} form */
const actionOf = (form) => /action="([^"]*)"/.exec(form)?.[1] ?? "";

/**
 * @param {Server} server
 * @param {Parameters} [parameters]
 */
export function authorizationRequest(server, parameters = {}) {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL("/authorize", server.issuer);
  url.search = form({
    client_id: "spa",
    response_type: "code",
    redirect_uri: REDIRECT_URI,
    scope: "openid profile email offline_access inbox.read",
    state: "the state",
    nonce: "the nonce",
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    ...parameters,
  }).toString();
  return { url: url.href, verifier };
}

/** @param {Parameters} parameters */
function form(parameters) {
  const pairs = Object.entries(parameters).flatMap(([name, value]) =>
    [value].flat().map((one) => [name, one]),
  );
  return new URLSearchParams(pairs);
}

/**
 * @param {Server} server
 * @param {string} path
 * @param {Parameters} parameters
 * @param {Record<string, string>} [headers]
 */
export function post(server, path, parameters, headers = {}) {
  return fetch(server.issuer + path, { method: "POST", body: form(parameters), headers });
}

/**
 * @param {Server} server
 * @param {Parameters} parameters
 * @param {Record<string, string>} [headers]
 */
export async function tokenRequest(server, parameters, headers) {
  const response = await post(server, "/token", { client_id: "spa", ...parameters }, headers);
  return { status: response.status, ...(await response.json()) };
}

/**
 * @param {Server} server
 * @param {string} refreshToken
 * @param {Parameters} [parameters]
 */
export function refresh(server, refreshToken, parameters = {}) {
  return tokenRequest(server, {
    grant_type: "refresh_token",
    refresh_token: refreshToken,
    ...parameters,
  });
}

/**
 * A whole login, from the authorization request to the tokens.
 *
 * @param {Server} server
 * @param {{ browser?: PlainBrowser, request?: Parameters, token?: Parameters,
 *   headers?: Record<string, string> }} [how]
 */
export async function logIn(
  server,
  { browser = new PlainBrowser(), request, token, headers } = {},
) {
  const { url, verifier } = authorizationRequest(server, request);
  const callback = await browser.logIn(url);
  const parameters = {
    grant_type: "authorization_code",
    code: callback.searchParams.get("code") ?? "",
    redirect_uri: REDIRECT_URI,
    code_verifier: verifier,
    ...token,
  };
  return tokenRequest(server, parameters, headers);
}

/**
 * @param {Server} server
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
export function control(server, method, path, body) {
  return fetch(`${server.issuer}/control${path}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
    headers: body === undefined ? {} : { "content-type": "application/json" },
  });
}

/**
 * A DPoP proof, for a POST without a token unless it says otherwise.
 *
 * @param {import("jose").GenerateKeyPairResult} key
 * @param {string} url
 * @param {{ method?: string, token?: string, nonce?: string | null }} [what]
 */
export async function dpopProof(
  { privateKey, publicKey },
  url,
  { method = "POST", token, nonce } = {},
) {
  const ath = token && createHash("sha256").update(token).digest("base64url");
  const claims = {
    htm: method,
    htu: url,
    jti: randomUUID(),
    ...(ath && { ath }),
    ...(nonce && { nonce }),
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: await exportJWK(publicKey) })
    .setIssuedAt()
    .sign(privateKey);
}
