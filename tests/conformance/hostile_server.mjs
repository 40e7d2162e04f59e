import { createHash, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Proofs } from "./proofs.mjs";

/** @typedef {import("node:http").IncomingMessage} IncomingMessage */
/** @typedef {import("node:http").ServerResponse} ServerResponse */
/** @typedef {import("./signing_keys.mjs").Claims} Claims */
/** @typedef {import("./signing_keys.mjs").SigningKey} SigningKey */

/**
 * @typedef {"discovery" | "jwks" | "authorize" | "token" | "userinfo" | "revoke" | "logout" | "framing" | "session" | "session_status" | "api"} Endpoint
 */

/**
 * @typedef {object} ReceivedRequest
 * @property {Endpoint} endpoint
 * @property {string | undefined} method
 * @property {URLSearchParams} query
 * @property {URLSearchParams} form
 * @property {string | undefined} authorization
 * @property {boolean} hasProof
 */

/** @typedef {"authorization_code" | "refresh_token"} GrantType */

/**
 * @typedef {object} Grant what a token response is about
 * @property {GrantType} grantType
 * @property {string} code of the login
 * @property {string} accessToken
 * @property {Claims} claims the honest claims of the ID token
 */

/**
 * What the server says in place of what it should: each takes the honest answer and gives the one that
 * is sent.
 *
 * @typedef {object} Lies
 * @property {(metadata: Record<string, unknown>) => Record<string, unknown>} [metadata]
 * @property {(keys: unknown[]) => unknown[]} [jwks]
 * @property {(response: Record<string, string>) => Record<string, string>} [authorizationResponse]
 * @property {(claims: Claims, grant: Grant) => Claims} [claims]
 * @property {(claims: Claims, grant: Grant) => Promise<string> | string} [idToken]
 * @property {(body: Record<string, unknown>, grant: Grant) => Record<string, unknown>} [tokenResponse]
 * @property {(claims: Claims) => Promise<Claims | string> | Claims | string} [userinfo] a string is a
 *   JWT
 * @property {(parameters: Record<string, string>) => Record<string, string>} [logoutResponse]
 * @property {(status: string) => Promise<string> | string} [sessionStatus]
 * @property {string} [sessionPage] the host that its session page is redirected to
 * @property {string} [frontchannelLogout] what its logout page opens in an iframe
 * @property {string} [challenge] how the API refuses the first access token
 */

/**
 * @typedef {object} Dpop how the server binds tokens to a key; without it, it gives bearer tokens
 * @property {string} [nonce] what it wants to see in every proof
 * @property {string} [apiNonce] what its API does
 * @property {boolean} [ignoresProofs] it gives bearer tokens though it offers others
 */

/**
 * @typedef {object} ServerSession the session that the user has at a server with session management
 * @property {string} state its `session_state`
 * @property {string | null} sub who is logged in there
 */

/** @type {Record<string, Endpoint>} */
const ENDPOINTS = {
  "/.well-known/openid-configuration": "discovery",
  "/jwks": "jwks",
  "/authorize": "authorize",
  "/token": "token",
  "/userinfo": "userinfo",
  "/revoke": "revoke",
  "/logout": "logout",
  "/framing": "framing",
  "/session": "session",
  "/session_status": "session_status",
  "/api": "api",
};

/** What UserInfo tells for each scope. */
const CLAIMS_OF_SCOPE = {
  profile: { name: "Alice Example", preferred_username: "alice" },
  email: { email: "alice@example.com", email_verified: true },
};

/**
 * An authorization server for one client and one user, who is always logged in. It is honest unless a
 * test makes it lie.
 */
export class HostileServer {
  issuer = "";
  /** @type {SigningKey[]} what it publishes; it signs with the first */
  keys = [];
  /** @type {Lies} */
  lies = {};
  /** @type {Dpop | undefined} */
  dpop;
  /** @type {ServerSession | undefined} without it, it has no session management */
  session;
  proofs = new Proofs();
  /** @type {ReceivedRequest[]} */
  #requests = [];
  /** @type {Map<string, URLSearchParams>} the authorization request of each code and refresh token */
  #granted = new Map();
  /** @type {string[]} */
  #accessTokens = [];
  /** @type {Map<string, string>} the key that each code, refresh token and access token is bound to */
  #keys = new Map();
  #pageOrigin = "";
  #server = createServer((request, response) => {
    this.#answer(request, response).catch((error) => response.destroy(error));
  });

  /** @param {string} pageOrigin the origin that CORS allows */
  async start(pageOrigin) {
    this.#pageOrigin = pageOrigin;
    await new Promise((listening) => this.#server.listen(0, "127.0.0.1", () => listening(null)));
    const { port } = /** @type {import("node:net").AddressInfo} */ (this.#server.address());
    this.issuer = `http://localhost:${port}`;
  }

  stop() {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** @param {SigningKey[]} keys */
  beHonest(keys) {
    this.keys = keys;
    this.lies = {};
    this.dpop = undefined;
    this.session = undefined;
    this.proofs.forget();
    this.#keys.clear();
    this.#requests = [];
    this.#granted.clear();
    this.#accessTokens = [];
  }

  /** @param {Endpoint} endpoint */
  requestsTo(endpoint) {
    return this.#requests.filter((request) => request.endpoint === endpoint);
  }

  /** How often the keys were asked for after the last token request, which is sent with keys at hand. */
  get keyRequestsAfterToken() {
    const token = this.#requests.findLastIndex(({ endpoint }) => endpoint === "token");
    return this.#requests.slice(token).filter(({ endpoint }) => endpoint === "jwks").length;
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #answer(request, response) {
    const { pathname, searchParams: query } = new URL(request.url ?? "/", this.issuer);
    response.setHeader("Access-Control-Allow-Origin", this.#pageOrigin);
    response.setHeader("Access-Control-Allow-Headers", "authorization, content-type, dpop");
    response.setHeader("Access-Control-Expose-Headers", "www-authenticate, dpop-nonce");
    const endpoint = ENDPOINTS[pathname];
    if (endpoint === undefined || request.method === "OPTIONS") {
      response.writeHead(endpoint ? 204 : 404).end();
      return;
    }
    const form = new URLSearchParams(await text(request));
    const { authorization } = request.headers;
    const hasProof = request.headers.dpop !== undefined;
    this.#requests.push({ endpoint, method: request.method, query, form, authorization, hasProof });
    switch (endpoint) {
      case "discovery":
        return send(response, 200, (this.lies.metadata ?? same)(this.#metadata()));
      case "jwks":
        return send(response, 200, { keys: this.#jwks() });
      case "authorize":
        return redirect(response, query, this.#authorize(query));
      case "token":
        return this.#grant(request, form, response);
      case "userinfo":
        return this.#tellAboutUser(request, response);
      case "revoke":
        return send(response, 200, {});
      case "logout":
        return this.#logOut(query, response);
      case "framing":
        return sendPage(response, frame(query.get("uri") ?? ""));
      case "session":
        return this.#sendSessionPage(request, response);
      case "session_status":
        return void response.end(await this.#sessionStatus(query));
      case "api":
        return this.#answerApi(request, response);
    }
  }

  #metadata() {
    const at = (/** @type {string} */ path) => `${this.issuer}${path}`;
    return {
      issuer: this.issuer,
      authorization_endpoint: at("/authorize"),
      token_endpoint: at("/token"),
      jwks_uri: at("/jwks"),
      userinfo_endpoint: at("/userinfo"),
      revocation_endpoint: at("/revoke"),
      end_session_endpoint: at("/logout"),
      code_challenge_methods_supported: ["S256"],
      authorization_response_iss_parameter_supported: true,
      ...(this.session && { check_session_iframe: at("/session") }),
      ...(this.dpop && { dpop_signing_alg_values_supported: ["ES256"] }),
    };
  }

  #jwks() {
    return (this.lies.jwks ?? same)(this.keys.map(({ publicJwk }) => publicJwk));
  }

  /** @param {URLSearchParams} query */
  #authorize(query) {
    const code = `code-${randomUUID()}`;
    this.#granted.set(code, query);
    this.#keys.set(code, query.get("dpop_jkt") ?? "");
    const isNobody = query.get("prompt") === "none" && this.session?.sub === null;
    /** @type {Record<string, string>} */
    const answer = isNobody ? { error: "login_required" } : { code };
    if (this.session) answer.session_state = this.session.state;
    const response = { ...answer, ...stateOf(query), iss: this.issuer };
    return (this.lies.authorizationResponse ?? same)(response);
  }

  /**
   * @param {URLSearchParams} query
   * @param {ServerResponse} response
   */
  #logOut(query, response) {
    const { frontchannelLogout } = this.lies;
    const parameters = (this.lies.logoutResponse ?? same)(stateOf(query));
    const back = withParameters(query.get("post_logout_redirect_uri") ?? "", parameters);
    if (frontchannelLogout === undefined)
      return void response.writeHead(302, { Location: back }).end();
    const goBack = `frames[0].frameElement.onload = () => location.assign(${JSON.stringify(back)})`;
    sendPage(response, `${frame(frontchannelLogout)}<script>${goBack}</script>`);
  }

  /**
   * The page that says whether the session is as it was: it asks the server about every message that
   * it gets. At another host it says by itself that the session has changed.
   *
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  #sendSessionPage(request, response) {
    const { sessionPage } = this.lies;
    if (sessionPage !== undefined && !request.headers.host?.startsWith(sessionPage)) {
      const there = new URL("/session", this.issuer);
      there.hostname = sessionPage;
      return void response.writeHead(302, { Location: there.href }).end();
    }
    sendPage(
      response,
      `<!doctype html><script>
        const asked = (message) => "/session_status?message=" + encodeURIComponent(message);
        addEventListener("message", async ({ data, source, origin }) =>
          source.postMessage(await (await fetch(asked(data))).text(), origin));
        const isElsewhere = location.origin !== ${JSON.stringify(this.issuer)};
        if (isElsewhere) setInterval(() => parent.postMessage("changed", "*"), 50);
      </script>`,
    );
  }

  /** @param {URLSearchParams} query */
  #sessionStatus(query) {
    const [clientId, state, ...rest] = query.get("message")?.split(" ") ?? [];
    const isWellFormed = clientId === "spa" && state !== undefined && rest.length === 0;
    const status = state === this.session?.state ? "unchanged" : "changed";
    return (this.lies.sessionStatus ?? same)(isWellFormed ? status : "error");
  }

  /**
   * A page of the server's that opens another in an iframe, as for a logout that began elsewhere.
   *
   * @param {string} uri
   * @param {Record<string, string>} parameters
   */
  pageThatFrames(uri, parameters) {
    return withParameters(`${this.issuer}/framing`, { uri: withParameters(uri, parameters) });
  }

  /**
   * @param {IncomingMessage} request
   * @param {URLSearchParams} form
   * @param {ServerResponse} response
   */
  async #grant(request, form, response) {
    const grantType = /** @type {GrantType} */ (form.get("grant_type"));
    const code = form.get("code") ?? form.get("refresh_token") ?? "";
    const login = this.#granted.get(code);
    const key = this.#keys.get(code);
    const proof = this.dpop && (await this.proofs.check(request, this.issuer));
    if (proof && asksForNonce(this.dpop?.nonce, proof, response)) {
      send(response, 400, { error: "use_dpop_nonce" });
      return;
    }
    this.#granted.delete(code);
    if (proof && proof.jkt !== key) {
      send(response, 400, { error: "invalid_grant" });
      return;
    }
    if (!login || (grantType === "authorization_code" && !isProven(form, login))) {
      send(response, 400, { error: "invalid_grant" });
      return;
    }
    const [accessToken, refreshToken] = [`at-${randomUUID()}`, `rt-${randomUUID()}`];
    this.#accessTokens.push(accessToken);
    this.#granted.set(refreshToken, login);
    if (proof) this.#keys.set(refreshToken, proof.jkt);
    const isBound = proof && !this.dpop?.ignoresProofs;
    if (isBound) this.#keys.set(accessToken, proof.jkt);
    const honest = this.#honestClaims(login, grantType);
    const grant = { grantType, code, accessToken, claims: honest };
    const claims = (this.lies.claims ?? same)(honest, grant);
    const body = {
      access_token: accessToken,
      token_type: isBound ? "DPoP" : "Bearer",
      expires_in: 3600,
      refresh_token: refreshToken,
      id_token: await (this.lies.idToken ?? this.keys[0].sign)(claims, /** @type {any} */ (grant)),
      scope: login.get("scope"),
    };
    send(response, 200, (this.lies.tokenResponse ?? same)(body, grant));
  }

  /**
   * @param {URLSearchParams} login
   * @param {GrantType} grantType
   * @returns {Claims}
   */
  #honestClaims(login, grantType) {
    const now = Math.floor(Date.now() / 1000);
    const nonce = grantType === "authorization_code" ? { nonce: login.get("nonce") } : {};
    const aud = login.get("client_id");
    const sub = this.session?.sub ?? "alice";
    return { iss: this.issuer, sub, aud, iat: now, exp: now + 300, ...nonce };
  }

  /**
   * Whether a request has an access token, with the right proof if it is bound to a key.
   *
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #isAuthorized(request, response) {
    const [scheme, token] = request.headers.authorization?.split(" ") ?? [];
    if (token === undefined || !this.#accessTokens.includes(token)) return false;
    const key = this.#keys.get(token);
    if (key === undefined) return scheme === "Bearer";
    const proof = await this.proofs.check(request, this.issuer, token);
    if (asksForNonce(this.dpop?.apiNonce, proof, response)) {
      response.setHeader("WWW-Authenticate", 'DPoP error="use_dpop_nonce"');
      return false;
    }
    return scheme === "DPoP" && proof.jkt === key;
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #tellAboutUser(request, response) {
    const scope = this.requestsTo("authorize").at(-1)?.query.get("scope") ?? "";
    const told = Object.entries(CLAIMS_OF_SCOPE).filter(([name]) => scope.includes(name));
    const honest = Object.assign({ sub: "alice" }, ...told.map(([, claims]) => claims));
    if (!(await this.#isAuthorized(request, response))) return send(response, 401, {});
    const claims = await (this.lies.userinfo ?? same)(honest);
    if (typeof claims !== "string") return send(response, 200, claims);
    response.writeHead(200, { "Content-Type": "application/jwt" }).end(claims);
  }

  /**
   * @param {IncomingMessage} request
   * @param {ServerResponse} response
   */
  async #answerApi(request, response) {
    const { challenge } = this.lies;
    const isFirst = request.headers.authorization?.endsWith(` ${this.#accessTokens[0]}`);
    if (challenge !== undefined && isFirst) {
      response.writeHead(401, { "WWW-Authenticate": challenge }).end();
    } else {
      send(response, (await this.#isAuthorized(request, response)) ? 200 : 401, {});
    }
  }
}

/**
 * @template T
 * @param {T} honest
 */
function same(honest) {
  return honest;
}

/**
 * @param {URLSearchParams} query
 * @returns {Record<string, string>}
 */
function stateOf(query) {
  const state = query.get("state");
  return state === null ? {} : { state };
}

/**
 * @param {URLSearchParams} form
 * @param {URLSearchParams} login
 */
function isProven(form, login) {
  const challenge = createHash("sha256").update(form.get("code_verifier") ?? "");
  return (
    challenge.digest("base64url") === login.get("code_challenge") &&
    form.get("redirect_uri") === login.get("redirect_uri")
  );
}

/**
 * Gives a server's nonce with its answer, and says whether the proof has to be made again with it.
 *
 * @param {string | undefined} nonce
 * @param {import("./proofs.mjs").Proof} proof
 * @param {ServerResponse} response
 */
function asksForNonce(nonce, proof, response) {
  if (nonce === undefined) return false;
  response.setHeader("DPoP-Nonce", nonce);
  return proof.claims.nonce !== nonce;
}

/**
 * @param {ServerResponse} response
 * @param {number} status
 * @param {unknown} body
 */
function send(response, status, body) {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

/**
 * @param {ServerResponse} response
 * @param {URLSearchParams} query of the authorization request
 * @param {Record<string, string>} parameters
 */
function redirect(response, query, parameters) {
  const back = withParameters(query.get("redirect_uri") ?? "", parameters);
  const inFragment = query.get("response_mode") === "fragment";
  response.writeHead(302, { Location: inFragment ? back.replace("?", "#") : back }).end();
}

/**
 * @param {string} url
 * @param {Record<string, string>} parameters
 */
export function withParameters(url, parameters) {
  const changed = new URL(url);
  for (const [name, value] of Object.entries(parameters)) changed.searchParams.append(name, value);
  return changed.href;
}

/** @param {string} uri */
function frame(uri) {
  return `<!doctype html><iframe src="${uri.replaceAll("&", "&amp;")}"></iframe>`;
}

/**
 * @param {ServerResponse} response
 * @param {string} html
 */
function sendPage(response, html) {
  response.writeHead(200, { "Content-Type": "text/html" }).end(html);
}
