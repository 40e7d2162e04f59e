import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { startAuthorizationServer } from "../../dev/authorization-server/start.mjs";
import { generateKeyPair } from "jose";
import {
  PlainBrowser,
  authorizationRequest,
  control,
  dpopProof,
  logIn,
  post,
  refresh,
} from "./plain_browser.mjs";

const DEMO = "http://localhost:4180";

/** @type {Awaited<ReturnType<typeof startAuthorizationServer>>} */
let server;
before(async () => {
  server = await startAuthorizationServer({ port: 0, control: true });
});
after(() => server.close());
afterEach(async () => {
  await control(server, "DELETE", "/faults");
  await control(server, "POST", "/clock", { offsetSeconds: 0 });
});

/** @param {Record<string, unknown>} fault */
async function addFault(fault) {
  assert.equal((await control(server, "POST", "/faults", fault)).status, 204);
}

/** @returns {Promise<import("../../dev/authorization-server/request_log.mjs").LoggedRequest[]>} */
const requests = async () => (await control(server, "GET", "/requests")).json();

/** @param {string} kind */
async function untilFault(kind) {
  while ((await requests()).every(({ fault }) => fault !== kind));
}

/** @param {string} [origin] */
const keySet = (origin = DEMO) => fetch(`${server.issuer}/jwks`, { headers: { origin } });

describe("a fault", () => {
  test("of kind delay keeps the answer back", async () => {
    await addFault({ endpoint: "jwks", kind: "delay", delayMs: 60 });
    const began = performance.now();
    assert.equal((await keySet()).status, 200);
    assert.ok(performance.now() - began >= 55);
  });

  test("of kind delay_after keeps the answer back when the refresh token is used up", async () => {
    const tokens = await logIn(server);
    await addFault({ endpoint: "token", kind: "delay_after", delayMs: 1000 });
    const delayed = refresh(server, tokens.refresh_token);
    await untilFault("delay_after");
    assert.equal((await refresh(server, tokens.refresh_token)).error, "invalid_grant");
    assert.equal(await Promise.race([delayed, "not answered"]), "not answered");
    assert.equal((await delayed).status, 200);
  });

  test("of kind drop_before loses the request: the refresh token is unused", async () => {
    const tokens = await logIn(server);
    await addFault({ endpoint: "token", kind: "drop_before" });
    await assert.rejects(refresh(server, tokens.refresh_token), TypeError);
    assert.equal((await refresh(server, tokens.refresh_token)).status, 200);
  });

  test("of kind drop_after loses the answer: the refresh token is used up", async () => {
    const tokens = await logIn(server);
    await addFault({ endpoint: "token", kind: "drop_after" });
    await assert.rejects(refresh(server, tokens.refresh_token), TypeError);
    assert.equal((await refresh(server, tokens.refresh_token)).error, "invalid_grant");
  });

  test("of kind respond answers in the server's place, readable by the demo alone", async () => {
    const fault = {
      endpoint: "jwks",
      kind: "respond",
      status: 429,
      headers: { "Retry-After": "7", "Content-Type": "text/html" },
      body: "<h1>Slow down</h1>",
    };
    await addFault({ ...fault, times: 2 });
    await addFault({ ...fault, cors: false });
    const readable = await keySet();
    assert.equal(readable.status, 429);
    assert.equal(readable.headers.get("retry-after"), "7");
    assert.equal(readable.headers.get("content-type"), "text/html");
    assert.equal(readable.headers.get("access-control-allow-origin"), DEMO);
    assert.match(readable.headers.get("access-control-expose-headers") ?? "", /Retry-After/);
    assert.equal(await readable.text(), "<h1>Slow down</h1>");
    const foreign = await keySet("http://evil.example");
    assert.equal(foreign.headers.get("access-control-allow-origin"), null);
    const unreadable = await keySet();
    assert.equal(unreadable.status, 429);
    assert.equal(unreadable.headers.get("access-control-allow-origin"), null);
    assert.equal((await keySet()).status, 200);
  });

  test("of kind respond leaves the request unprocessed", async () => {
    const tokens = await logIn(server);
    await addFault({ endpoint: "token", kind: "respond", status: 503, body: { error: "busy" } });
    assert.equal((await refresh(server, tokens.refresh_token)).status, 503);
    assert.equal((await refresh(server, tokens.refresh_token)).status, 200);
  });

  test("of kind body replaces what was answered, after the request was processed", async () => {
    const tokens = await logIn(server);
    await addFault({ endpoint: "token", kind: "body", body: { access_token: 7 } });
    const answer = await refresh(server, tokens.refresh_token);
    assert.deepEqual(answer, { status: 200, access_token: 7 });
    assert.equal((await refresh(server, tokens.refresh_token)).error, "invalid_grant");
  });

  test("for any endpoint makes the server look down until it is taken away", async () => {
    await addFault({ endpoint: "any", kind: "drop_before", times: 1000 });
    await assert.rejects(keySet(), TypeError);
    await assert.rejects(fetch(`${server.issuer}/.well-known/openid-configuration`), TypeError);
    await control(server, "DELETE", "/faults");
    assert.equal((await keySet()).status, 200);
  });
});

test("a shifted clock makes tokens expire", async () => {
  const tokens = await logIn(server);
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const person = () => fetch(`${server.issuer}/userinfo`, { headers });
  assert.equal((await person()).status, 200);
  await control(server, "POST", "/clock", { offsetSeconds: 61 });
  assert.equal((await person()).status, 401);
  await control(server, "POST", "/clock", { offsetSeconds: 15 * 24 * 3600 });
  assert.equal((await refresh(server, tokens.refresh_token)).error, "invalid_grant");
});

test("access tokens live as long as was ordered last", async () => {
  await control(server, "POST", "/access-tokens", { ttl: 7 });
  assert.equal((await logIn(server)).expires_in, 7);
  await control(server, "POST", "/access-tokens", { ttl: 60 });
  assert.equal((await logIn(server)).expires_in, 60);
});

describe("rotating the keys", () => {
  /** @returns {Promise<{ kid: string, kty: string, n?: string }[]>} */
  const keys = async () => (await (await keySet()).json()).keys;

  test("signs with new ones, keeps the old ones and leaves sessions alive", async () => {
    const tokens = await logIn(server);
    const old = await keys();
    await control(server, "POST", "/keys/rotate");
    const both = await keys();
    assert.equal(both.length, 2 * old.length);
    const { id_token: idToken } = await refresh(server, tokens.refresh_token);
    const { kid } = JSON.parse(Buffer.from(idToken.split(".")[0], "base64url").toString());
    assert.equal(kid, both[0]?.kid);
  });

  test("can drop the old ones, or give new ones the old names", async () => {
    await control(server, "POST", "/keys/rotate", { keepOld: false });
    const old = await keys();
    assert.deepEqual(old.map(({ kty }) => kty).sort(), ["EC", "RSA"]);
    await control(server, "POST", "/keys/rotate", { sameKeyIds: true });
    const renewed = await keys();
    assert.deepEqual(
      renewed.map(({ kid }) => kid),
      old.map(({ kid }) => kid),
    );
    assert.notEqual(renewed[0]?.n, old[0]?.n);
  });
});

describe("ending things", () => {
  test("revoked grants make refresh tokens invalid, for one person where one is named", async () => {
    const browser = new PlainBrowser();
    const tokens = await logIn(server, { browser });
    await control(server, "POST", "/grants/revoke", { sub: "bob" });
    const second = await refresh(server, tokens.refresh_token);
    assert.equal(second.status, 200);
    await control(server, "POST", "/grants/revoke", {});
    assert.equal((await refresh(server, second.refresh_token)).error, "invalid_grant");
    const { url } = authorizationRequest(server, { prompt: "none" });
    assert.ok(new URL((await browser.navigate(url)).url).searchParams.get("code"));
  });

  test("ended sessions need a new login, and leave refresh tokens alive", async () => {
    const browser = new PlainBrowser();
    const tokens = await logIn(server, { browser });
    await control(server, "POST", "/sessions/end");
    const { url } = authorizationRequest(server, { prompt: "none" });
    const silent = new URL((await browser.navigate(url)).url);
    assert.equal(silent.searchParams.get("error"), "login_required");
    assert.equal((await refresh(server, tokens.refresh_token)).status, 200);
  });
});

test("nonces can be asked of every DPoP proof, and a page of the demo can read them", async () => {
  const key = await generateKeyPair("ES256");
  const token = { client_id: "spa", grant_type: "refresh_token", refresh_token: "none" };
  /** @param {string | null} [nonce] */
  const ask = async (nonce) => {
    const dpop = await dpopProof(key, `${server.issuer}/token`, { nonce });
    const response = await post(server, "/token", token, { dpop, origin: DEMO });
    return { headers: response.headers, error: (await response.json()).error };
  };
  assert.equal((await ask()).error, "invalid_grant");
  await control(server, "POST", "/dpop", { requireNonce: true });
  const { headers, error } = await ask();
  assert.equal(error, "use_dpop_nonce");
  assert.match(headers.get("access-control-expose-headers") ?? "", /DPoP-Nonce/i);
  assert.equal((await ask(headers.get("dpop-nonce"))).error, "invalid_grant");
  await control(server, "POST", "/keys/rotate");
  assert.equal((await ask()).error, "use_dpop_nonce");
  await control(server, "POST", "/dpop", { requireNonce: false });
  assert.equal((await ask()).error, "invalid_grant");
});

test("the log names every request and holds no secret", async () => {
  await control(server, "DELETE", "/requests");
  const tokens = await logIn(server);
  await addFault({ endpoint: "token", kind: "drop_before" });
  await assert.rejects(refresh(server, tokens.refresh_token), TypeError);
  await refresh(server, tokens.refresh_token);
  const text = await (await control(server, "GET", "/requests")).text();
  /** @type {import("../../dev/authorization-server/request_log.mjs").LoggedRequest[]} */
  const entries = JSON.parse(text);
  assert.deepEqual(
    entries.filter(({ endpoint }) => endpoint === "token").map(({ at, ...rest }) => rest),
    [
      { endpoint: "token", method: "POST", status: 200, grantType: "authorization_code" },
      { endpoint: "token", method: "POST", status: null, fault: "drop_before" },
      { endpoint: "token", method: "POST", status: 200, grantType: "refresh_token" },
    ],
  );
  assert.ok(!text.includes(tokens.refresh_token) && !text.includes("the state"));
});

test("bad input is refused with a message that names it", async () => {
  const answers = [
    ["/faults", { endpoint: "moon", kind: "delay" }, /endpoint/],
    ["/faults", { endpoint: "token", kind: "delay" }, /delayMs/],
    ["/clock", { offsetSeconds: "1" }, /offsetSeconds/],
    ["/keys/rotate", { keep: true }, /keep/],
    ["/dpop", {}, /requireNonce/],
    ["/access-tokens", { format: "saml" }, /format/],
    ["/access-tokens", { ttl: 0 }, /ttl/],
  ];
  for (const [path, body, message] of /** @type {[string, unknown, RegExp][]} */ (answers)) {
    const response = await control(server, "POST", path, body);
    assert.equal(response.status, 400);
    assert.match((await response.json()).error, message);
  }
  const broken = await fetch(`${server.issuer}/control/clock`, {
    method: "POST",
    body: "{",
    headers: { "content-type": "application/json" },
  });
  assert.equal(broken.status, 400);
});
