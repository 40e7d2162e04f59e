import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { generateKeyPair } from "jose";
import { freePorts } from "../../dev/ports.mjs";
import { startStack } from "../../dev/stack.mjs";
import { control, dpopProof, logIn, post } from "./plain_browser.mjs";

/** @type {string} */
let folder;
/** @type {import("../../dev/stack.mjs").Stack} */
let stack;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "resource-server-"));
  stack = await startStack({
    ports: await freePorts(),
    database: join(folder, "authorization-server.sqlite"),
    control: true,
    apiNonces: true,
  });
});
after(async () => {
  await stack?.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => control(stack, "POST", "/access-tokens", { format: "jwt" }));

/**
 * Logs in at the page's callback and gives an access token for the API.
 *
 * @param {import("jose").GenerateKeyPairResult} [key] what the token is to be bound to
 * @returns {Promise<string>}
 */
async function tokenForApi(key) {
  const parameters = { resource: stack.api, redirect_uri: `${stack.demo}/callback` };
  const headers = key && { dpop: await dpopProof(key, `${stack.issuer}/token`) };
  const tokens = await logIn(stack, { request: parameters, token: parameters, headers });
  assert.equal(tokens.token_type, key ? "DPoP" : "Bearer", tokens.error_description);
  return tokens.access_token;
}

/**
 * @param {string} path
 * @param {Record<string, string>} headers
 */
const get = (path, headers) =>
  fetch(stack.api + path, { headers: { origin: stack.demo, ...headers } });

/**
 * @param {string} token
 * @param {import("jose").GenerateKeyPairResult} key
 * @param {string | null} [nonce]
 */
async function getByDpop(token, key, nonce) {
  const proof = await dpopProof(key, `${stack.api}/me`, { method: "GET", token, nonce });
  return get("/me", { authorization: `DPoP ${token}`, dpop: proof });
}

for (const format of ["jwt", "opaque"]) {
  test(`a bound token (${format}) is used with proofs that carry the API's nonce`, async () => {
    await control(stack, "POST", "/access-tokens", { format });
    const key = await generateKeyPair("ES256");
    const token = await tokenForApi(key);
    const asked = await getByDpop(token, key);
    assert.equal(asked.status, 401);
    assert.equal((await asked.json()).error, "use_dpop_nonce");
    assert.match(asked.headers.get("access-control-expose-headers") ?? "", /dpop-nonce/);
    const nonce = asked.headers.get("dpop-nonce");
    const answer = await getByDpop(token, key, nonce);
    assert.equal(answer.status, 200);
    assert.equal((await answer.json()).sub, "alice");
    assert.ok(answer.headers.get("dpop-nonce"));

    const thief = await getByDpop(token, await generateKeyPair("ES256"), nonce);
    assert.equal(thief.status, 401);
    const downgraded = await get("/me", { authorization: `Bearer ${token}` });
    assert.equal(downgraded.status, 401);
    assert.match(downgraded.headers.get("www-authenticate") ?? "", /^Bearer .*, DPoP algs=/);
  });

  test(`a bearer token (${format}) opens what its scope covers`, async () => {
    await control(stack, "POST", "/access-tokens", { format });
    const token = await tokenForApi();
    assert.equal(token.split(".").length, format === "jwt" ? 3 : 1);
    const inbox = await get("/inbox", { authorization: `Bearer ${token}` });
    assert.equal(inbox.status, 200);
    const other = await get("/inbox", { authorization: `Bearer ${token}x` });
    assert.equal(other.status, 401);
  });
}

test("an order is answered with what the API has asked another service in its own name", async () => {
  const order = await get("/order", { authorization: `Bearer ${await tokenForApi()}` });
  assert.equal(order.status, 200);
  const { buyer, stock } = await order.json();
  assert.deepEqual([buyer, stock.article], ["alice", "drawbridge"]);
});

test("a route for services is closed to people, whatever scope they ask for", async () => {
  const parameters = { resource: stack.api, redirect_uri: `${stack.demo}/callback` };
  const request = { ...parameters, scope: "openid inbox.read stock.read" };
  const { access_token: token } = await logIn(stack, { request, token: parameters });
  assert.equal((await get("/stock", { authorization: `Bearer ${token}` })).status, 403);
});

for (const format of ["jwt", "opaque"]) {
  test(`a route that needs a recent login (${format}) opens to one`, async () => {
    await control(stack, "POST", "/access-tokens", { format });
    const authorization = `Bearer ${await tokenForApi()}`;
    assert.equal((await get("/recovery-codes", { authorization })).status, 200);
  });
}

test("a route that needs a recent login asks for one, and a service never has one", async () => {
  const refused = await get("/recovery-codes", { authorization: `Bearer ${await ownToken()}` });
  assert.equal(refused.status, 401);
  assert.match(
    refused.headers.get("www-authenticate") ?? "",
    /^Bearer error="insufficient_user_authentication", .*max_age="300"$/,
  );
});

/** @returns {Promise<string>} a token that a service has in its own name */
async function ownToken() {
  const credentials = Buffer.from("resource-server:resource-server-secret").toString("base64");
  const grant = { grant_type: "client_credentials", resource: stack.api };
  const answer = await post(stack, "/token", grant, { authorization: `Basic ${credentials}` });
  return (await answer.json()).access_token;
}

test("a service's token in its own name is a token like any other", async () => {
  const me = await get("/me", { authorization: `Bearer ${await ownToken()}` });
  assert.equal(me.status, 200);
  assert.equal((await me.json()).sub, "resource-server");
});
