import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  SignJWT,
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from "jose";
import { startAuthorizationServer } from "../../dev/authorization-server/start.mjs";
import {
  PlainBrowser,
  REDIRECT_URI,
  authorizationRequest,
  dpopProof,
  logIn,
  post,
  refresh,
  tokenRequest,
} from "./plain_browser.mjs";

const DEMO = "http://localhost:4180";
const FOREIGN = "http://evil.example";

/** @param {import("../../dev/authorization-server/options.mjs").Options} [options] */
const start = (options) => startAuthorizationServer({ port: 0, ...options });

/** @type {Awaited<ReturnType<typeof start>>} */
let server;
before(async () => {
  server = await start();
});
after(() => server.close());

/** @param {string} token */
const userinfo = (token) =>
  fetch(`${server.issuer}/userinfo`, { headers: { authorization: `Bearer ${token}` } });

test("a server that something stands before has the issuer it is told", async () => {
  const issuer = "http://localhost:4190/";
  const behind = await start({ issuer });
  try {
    const at = `http://localhost:${behind.port}/.well-known/openid-configuration`;
    assert.equal((await (await fetch(at)).json()).issuer, issuer);
  } finally {
    await behind.close();
  }
});

describe("logging in", () => {
  test("gives an ID token with the person's name, a refresh token and an opaque token", async () => {
    const tokens = await logIn(server);
    assert.equal(tokens.status, 200);
    assert.equal(tokens.expires_in, 60);
    const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(tokens.id_token, jwks, {
      issuer: server.issuer,
      audience: "spa",
    });
    assert.equal(protectedHeader.alg, "RS256");
    assert.equal(payload.nonce, "the nonce");
    assert.equal(payload.name, "Alice Archer");
    assert.equal(payload.email, "alice@example.com");
    assert.ok(tokens.refresh_token);
    const person = await (await userinfo(tokens.access_token)).json();
    assert.equal(person.sub, "alice");
    assert.equal(person.name, "Alice Archer");
  });

  test("answers with the state and the issuer", async () => {
    const callback = await new PlainBrowser().logIn(authorizationRequest(server).url, "bob");
    assert.equal(callback.origin + callback.pathname, REDIRECT_URI);
    assert.equal(callback.searchParams.get("state"), "the state");
    assert.equal(callback.searchParams.get("iss"), server.issuer);
  });

  test("asks again after a wrong password", async () => {
    const browser = new PlainBrowser();
    const at = await browser.navigate(authorizationRequest(server).url);
    const again = await browser.submit(at, "/login", { username: "<alice>", password: "guess" });
    assert.match(again.page, /role="alert">That username and password do not match/);
    assert.match(again.page, /value="&lt;alice&gt;"/);
    const consent = await browser.submit(again, "/login", {
      username: "alice",
      password: "alice-password",
    });
    assert.match(consent.page, /Read your inbox|Know which account you use/);
  });

  test("tells the client that the person denied it", async () => {
    const browser = new PlainBrowser();
    const at = await browser.navigate(authorizationRequest(server).url);
    const credentials = { username: "alice", password: "alice-password" };
    const end = await browser.submit(await browser.submit(at, "/login", credentials), "/deny");
    assert.equal(new URL(end.url).searchParams.get("error"), "access_denied");
  });

  test("is refused without PKCE and with the method plain", async () => {
    const { url } = authorizationRequest(server);
    for (const change of ["code_challenge", "code_challenge_method"]) {
      const request = new URL(url);
      request.searchParams.delete(change);
      const { url: end } = await new PlainBrowser().navigate(request.href);
      assert.equal(new URL(end).searchParams.get("error"), "invalid_request");
    }
  });

  test("does not ask a second time within a session", async () => {
    const browser = new PlainBrowser();
    await logIn(server, { browser });
    const { url } = authorizationRequest(server, { prompt: "none" });
    const silent = new URL((await browser.navigate(url)).url);
    assert.ok(silent.searchParams.get("code"));
  });

  test("answers prompt=none with login_required where nobody is logged in", async () => {
    const { url } = authorizationRequest(server, { prompt: "none" });
    const end = new URL((await new PlainBrowser().navigate(url)).url);
    assert.equal(end.searchParams.get("error"), "login_required");
  });

  test("takes a pushed authorization request", async () => {
    const { url } = authorizationRequest(server);
    const pushed = await post(server, "/par", Object.fromEntries(new URL(url).searchParams));
    const { request_uri: requestUri } = await pushed.json();
    const request = new URLSearchParams({ client_id: "spa", request_uri: requestUri });
    const callback = await new PlainBrowser().logIn(`${server.issuer}/authorize?${request}`);
    assert.ok(callback.searchParams.get("code"));
  });

  test("on a device ends with tokens on that device", async () => {
    const parameters = { client_id: "spa", scope: "openid profile" };
    const device = await (await post(server, "/device/authorize", parameters)).json();
    const grant = {
      grant_type: "urn:ietf:params:oauth:grant-type:device_code",
      device_code: device.device_code,
    };
    assert.equal((await tokenRequest(server, grant)).error, "authorization_pending");
    const browser = new PlainBrowser();
    let at = await browser.navigate(device.verification_uri);
    at = await browser.submit(at, "/device", { user_code: "WRONG" });
    assert.match(at.page, /role="alert">That code is not right/);
    at = await browser.submit(at, "/device", { user_code: device.user_code });
    at = await browser.submit(at, "/device", { confirm: "yes" });
    at = await browser.submit(at, "/login", { username: "bob", password: "bob-password" });
    at = await browser.submit(at, "/consent");
    assert.match(at.page, /Your device is connected/);
    assert.equal(decodeJwt((await tokenRequest(server, grant)).id_token).sub, "bob");
  });
});

describe("an access token for the API", () => {
  test("is a JWT for its audience, verifiable with the published keys", async () => {
    const resource = server.resource;
    const tokens = await logIn(server, { request: { resource }, token: { resource } });
    assert.ok(tokens.id_token && tokens.refresh_token);
    assert.equal(tokens.scope, "inbox.read");
    const jwks = createRemoteJWKSet(new URL(`${server.issuer}/jwks`));
    const { payload, protectedHeader } = await jwtVerify(tokens.access_token, jwks, {
      issuer: server.issuer,
      audience: resource,
      typ: "at+jwt",
    });
    assert.equal(protectedHeader.alg, "ES256");
    assert.equal(payload.scope, "inbox.read");
    assert.equal(payload.client_id, "spa");

    const plain = await refresh(server, tokens.refresh_token);
    assert.equal((await userinfo(plain.access_token)).status, 200);
    const again = await refresh(server, plain.refresh_token, { resource });
    assert.equal(decodeJwt(again.access_token).aud, resource);
  });

  test("is not given for a resource that is not known", async () => {
    const { url } = authorizationRequest(server, { resource: "http://localhost:1/api" });
    const end = new URL((await new PlainBrowser().navigate(url)).url);
    assert.equal(end.searchParams.get("error"), "invalid_target");
  });

  test("can be introspected by the resource server and by nobody else", async () => {
    const { access_token: token } = await logIn(server);
    const credentials = Buffer.from("resource-server:resource-server-secret").toString("base64");
    const headers = { authorization: `Basic ${credentials}` };
    const known = await (await post(server, "/introspect", { token }, headers)).json();
    assert.equal(known.active, true);
    const asked = await post(server, "/introspect", { token, client_id: "spa" });
    assert.deepEqual(await asked.json(), { active: false });
  });
});

describe("a service", () => {
  /** @type {import("jose").GenerateKeyPairResult} */
  let key;
  /** @type {Awaited<ReturnType<typeof start>>} */
  let other;
  before(async () => {
    key = await generateKeyPair("EdDSA", { crv: "Ed25519" });
    const service = {
      client_secret: "s3cret",
      grant_types: ["client_credentials"],
      response_types: /** @type {never[]} */ ([]),
      redirect_uris: /** @type {never[]} */ ([]),
    };
    other = await start({
      accessTokenFormat: "opaque",
      extraClients: [
        { ...service, client_id: "by-post", token_endpoint_auth_method: "client_secret_post" },
        {
          ...service,
          client_id: "by-key",
          token_endpoint_auth_method: "private_key_jwt",
          jwks: { keys: [await exportJWK(key.publicKey)] },
        },
      ],
    });
  });
  after(() => other.close());

  const credentials = Buffer.from("resource-server:resource-server-secret").toString("base64");
  const basic = { authorization: `Basic ${credentials}` };

  test("gets a token in its own name, by each way to prove who it is", async () => {
    const assertion = await new SignJWT({ jti: "1" })
      .setProtectedHeader({ alg: "EdDSA" })
      .setIssuer("by-key")
      .setSubject("by-key")
      .setAudience(other.issuer)
      .setIssuedAt()
      .setExpirationTime("1 minute")
      .sign(key.privateKey);
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    /** @type {Record<string, string>[]} */
    const ways = [
      { client_id: "by-post", client_secret: "s3cret" },
      { client_id: "by-key", client_assertion_type: type, client_assertion: assertion },
    ];
    const grant = { grant_type: "client_credentials", resource: other.resource };
    for (const way of ways) {
      const answer = await tokenRequest(other, { ...grant, ...way });
      assert.equal(answer.token_type, "Bearer", answer.error_description);
    }
    const answer = await post(server, "/token", { ...grant, resource: server.resource }, basic);
    const { access_token: token } = await answer.json();
    assert.equal(decodeJwt(token).client_id, "resource-server");
    const wrong = { client_id: "by-post", client_secret: "guess" };
    assert.equal((await tokenRequest(other, { ...grant, ...wrong })).error, "invalid_client");
  });

  test("is told everything of an opaque token for its API that a JWT would say", async () => {
    const resource = other.resource;
    const tokens = await logIn(other, { request: { resource }, token: { resource } });
    const token = tokens.access_token;
    assert.ok(!token.includes("."));
    const known = await (await post(other, "/introspect", { token }, basic)).json();
    assert.equal(known.active, true);
    assert.equal(known.iss, other.issuer);
    assert.equal(known.aud, resource);
    assert.equal(known.sub, "alice");
    assert.equal(known.client_id, "spa");
    assert.equal(known.scope, "inbox.read");
    assert.ok(known.exp > known.iat);
  });
});

describe("DPoP", () => {
  test("binds the tokens of the client spa-dpop to its key, also the API's", async () => {
    const key = await generateKeyPair("ES256");
    const { resource } = server;
    const tokens = await logIn(server, {
      request: { client_id: "spa-dpop", resource },
      token: { client_id: "spa-dpop", resource },
      headers: { dpop: await dpopProof(key, `${server.issuer}/token`) },
    });
    assert.equal(tokens.token_type, "DPoP");
    const thumbprint = await calculateJwkThumbprint(await exportJWK(key.publicKey));
    assert.deepEqual(decodeJwt(tokens.access_token).cnf, { jkt: thumbprint });
  });

  test("is what the client spa-dpop has to use, and the client spa may use", async () => {
    const request = { client_id: "spa-dpop" };
    const refused = await logIn(server, { request, token: request });
    assert.equal(refused.error, "invalid_grant");
    const key = await generateKeyPair("ES256");
    const headers = { dpop: await dpopProof(key, `${server.issuer}/token`) };
    assert.equal((await logIn(server, { headers })).token_type, "DPoP");
  });
});

describe("a refresh token", () => {
  test("is replaced at each use, and its second use ends the whole family", async () => {
    const first = await logIn(server);
    const second = await refresh(server, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    assert.equal((await refresh(server, first.refresh_token)).error, "invalid_grant");
    assert.equal((await refresh(server, second.refresh_token)).error, "invalid_grant");
    assert.equal((await userinfo(second.access_token)).status, 401);
  });

  test("used twice at the same moment succeeds once at most", async () => {
    const { refresh_token: token } = await logIn(server);
    const both = await Promise.all([refresh(server, token), refresh(server, token)]);
    assert.ok(both.filter(({ status }) => status === 200).length <= 1);
  });

  test("survives a restart of the server, as do the keys and the login", async () => {
    const folder = mkdtempSync(join(tmpdir(), "authorization-server-"));
    const database = join(folder, "state.sqlite");
    const browser = new PlainBrowser();
    try {
      const one = await start({ database });
      const tokens = await logIn(one, { browser });
      const jwks = await (await fetch(`${one.issuer}/jwks`)).text();
      await one.close();
      leaveStaleLock(database);

      const two = await start({ database });
      assert.equal(await (await fetch(`${two.issuer}/jwks`)).text(), jwks);
      assert.equal((await refresh(two, tokens.refresh_token)).status, 200);
      const { url } = authorizationRequest(two, { prompt: "none" });
      assert.ok(new URL((await browser.navigate(url)).url).searchParams.get("code"));
      await two.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("is worth nothing once revoked, while the consent stays", async () => {
    const browser = new PlainBrowser();
    const { refresh_token: token } = await logIn(server, { browser });
    assert.equal((await post(server, "/revoke", { token, client_id: "spa" })).status, 200);
    assert.equal((await refresh(server, token)).error, "invalid_grant");
    const { url } = authorizationRequest(server, { prompt: "none" });
    assert.ok(new URL((await browser.navigate(url)).url).searchParams.get("code"));
  });
});

/**
 * What a process killed inside a transaction leaves behind.
 *
 * @param {string} database
 */
function leaveStaleLock(database) {
  const lock = `${database}.lock`;
  mkdirSync(lock);
  utimesSync(lock, 0, 0);
}

describe("logging out", () => {
  test("with the ID token asks nothing, ends session and tokens, and goes back", async () => {
    const browser = new PlainBrowser();
    const tokens = await logIn(server, { browser });
    const request = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: `${DEMO}/`,
      state: "bye",
    });
    const at = await browser.navigate(`${server.issuer}/logout?${request}`);
    assert.match(at.page, /src="\/assets\/submit_form\.js"/);
    const end = await browser.submit(at, "/logout/confirm");
    assert.equal(end.url, `${DEMO}/?state=bye`);
    assert.equal((await refresh(server, tokens.refresh_token)).error, "invalid_grant");
    const { url } = authorizationRequest(server, { prompt: "none" });
    const silent = new URL((await browser.navigate(url)).url);
    assert.equal(silent.searchParams.get("error"), "login_required");
  });

  test("without the ID token asks first", async () => {
    const browser = new PlainBrowser();
    await logIn(server, { browser });
    const at = await browser.navigate(`${server.issuer}/logout`);
    assert.match(at.page, /Stay logged in/);
    const end = await browser.submit(at, "/logout/confirm", { logout: "yes" });
    assert.match(end.page, /You are logged out/);
  });
});

describe("a page of another origin", () => {
  const paths = ["/.well-known/openid-configuration", "/jwks", "/userinfo", "/token"];
  for (const path of paths) {
    test(`gets no CORS header from ${path}, and the demo does`, async () => {
      for (const [origin, allowed] of /** @type {const} */ ([
        [DEMO, DEMO],
        [FOREIGN, null],
      ])) {
        const preflight = { origin, "access-control-request-method": "POST" };
        const asked = await fetch(server.issuer + path, { method: "OPTIONS", headers: preflight });
        const answers =
          path === "/token"
            ? [asked, await post(server, path, { client_id: "spa" }, { origin })]
            : [asked, await fetch(server.issuer + path, { headers: { origin } })];
        for (const { headers } of answers) {
          assert.equal(headers.get("access-control-allow-origin"), allowed);
        }
      }
    });
  }

  test("cannot frame or script the login page", async () => {
    const browser = new PlainBrowser();
    const { url } = await browser.navigate(authorizationRequest(server).url);
    const policy = (await browser.request(url)).headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
  });
});

describe("options", () => {
  for (const algorithm of /** @type {const} */ (["PS256", "ES256", "EdDSA"])) {
    test(`ID tokens can be signed with ${algorithm}`, async () => {
      const other = await start({ idTokenAlgorithm: algorithm });
      const { id_token: idToken } = await logIn(other);
      await other.close();
      assert.equal(decodeProtectedHeader(idToken).alg, algorithm);
    });
  }

  test("UserInfo can be a signed JWT", async () => {
    const other = await start({ spaMetadata: { userinfo_signed_response_alg: "RS256" } });
    const { access_token: token } = await logIn(other);
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${other.issuer}/userinfo`, { headers });
    assert.match(response.headers.get("content-type") ?? "", /^application\/jwt/);
    assert.equal(decodeJwt(await response.text()).sub, "alice");
    await other.close();
  });

  test("a taken port is named together with the variable that changes it", async () => {
    await assert.rejects(start({ port: server.port }), {
      message: new RegExp(`^Port ${server.port} .*PORTCULLIS_AS_PORT\\.$`),
    });
  });
});

test("there is no control interface unless it is asked for", async () => {
  assert.equal((await fetch(`${server.issuer}/control/requests`)).status, 404);
});
