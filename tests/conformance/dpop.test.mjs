import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startClient } from "../e2e/blank_page.mjs";
import { having, relyingPartyOfThisFile } from "./relying_party.mjs";

/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("./hostile_server.mjs").Dpop} Dpop */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

/**
 * A login at a server that binds tokens to a key.
 *
 * @param {{ dpop?: Dpop, config?: Partial<ClientConfig>, lies?: Lies }} how
 */
function logIn({ dpop = {}, config, lies }) {
  server.dpop = dpop;
  const apis = [`${server.issuer}/api`];
  return relyingParty.logIn(lies, { config: { apis, ...config } });
}

/** @param {import("./relying_party.mjs").Answered} answered */
function senderIn({ tab }) {
  return tab.evaluate(({ client: { state } }) =>
    state.status === "authenticated" ? state.sender : undefined,
  );
}

/** @param {import("./relying_party.mjs").Answered} answered */
function callApi({ tab }) {
  return tab.evaluate(
    async ({ client }, url) => (await client.fetch(url, { method: "POST", body: "x" })).status,
    `${server.issuer}/api?query=is-not-in-the-proof`,
  );
}

describe("by default, at a server that offers DPoP,", () => {
  test("the code, its tokens and every request with them are bound to one key", async () => {
    const answered = await logIn({});
    await relyingParty.assertAccepted(answered);
    assert.equal(await senderIn(answered), "dpop");
    assert.equal(await callApi(answered), 200);
    await answered.tab.evaluate(({ client }) => client.refresh());
    await answered.tab.evaluate(({ client }) => client.getUserInfo());

    const [{ query }] = server.requestsTo("authorize");
    const { accepted } = server.proofs;
    assert.deepEqual(
      accepted.map(({ claims }) => claims.htu?.toString().slice(server.issuer.length)),
      ["/token", "/api", "/token", "/userinfo"],
    );
    for (const { jkt } of accepted) assert.equal(jkt, query.get("dpop_jkt"));
  });

  test("the key outlives a reload, and the session goes on with it", async () => {
    const { page } = await logIn({});
    await page.goto(`${relyingParty.origin}/`);
    const config = relyingParty.config({ apis: [`${server.issuer}/api`] });
    const reloaded = { page, tab: await startClient(page, config) };
    assert.equal(await callApi(reloaded), 200);
    assert.equal(await senderIn(reloaded), "dpop");
    assert.equal(new Set(server.proofs.accepted.map(({ jkt }) => jkt)).size, 1);
  });

  test("nobody can take the private key out of the browser", async () => {
    const { page } = await logIn({});
    const privateKeys = await page.evaluate(async () => {
      /** @param {IDBRequest} request */
      const settled = (request) =>
        new Promise((resolve, reject) => {
          request.onsuccess = () => resolve(request.result);
          request.onerror = () => reject(request.error);
        });
      const database = await settled(indexedDB.open("portcullis"));
      const stored = await settled(database.transaction("keys").objectStore("keys").getAll());
      const keys = stored.flatMap((/** @type {any} */ { privateKey }) => privateKey ?? []);
      const exports = keys.flatMap((/** @type {CryptoKey} */ key) =>
        ["jwk", "pkcs8"].map((format) =>
          crypto.subtle.exportKey(/** @type {"jwk"} */ (format), key).catch(() => null),
        ),
      );
      return Promise.all(exports);
    });
    assert.deepEqual(privateKeys, [null, null]);
  });

  test("a server that gives bearer tokens all the same is believed, and gets proofs of refreshes", async () => {
    const answered = await logIn({ dpop: { ignoresProofs: true } });
    await relyingParty.assertAccepted(answered);
    assert.equal(await senderIn(answered), "bearer");
    assert.equal(await callApi(answered), 200);
    await answered.tab.evaluate(({ client }) => client.refresh());
    assert.deepEqual(
      server.requestsTo("token").map(({ hasProof }) => hasProof),
      [true, true],
    );
    assert.deepEqual(
      server.requestsTo("api").map(({ hasProof }) => hasProof),
      [false],
    );
  });
});

describe("a nonce", () => {
  test("that the server asks for is used at once and from then on", async () => {
    const answered = await logIn({ dpop: { nonce: "first" } });
    assert.equal(await senderIn(answered), "dpop");
    server.dpop = { nonce: "second" };
    await answered.tab.evaluate(({ client }) => client.refresh());
    await answered.tab.evaluate(({ client }) => client.refresh());
    assert.deepEqual(
      server.proofs.accepted.map(({ claims }) => claims.nonce),
      [undefined, "first", "first", "second", "second"],
    );
  });

  test("that an API asks for is used at once, and its challenge alone refreshes nothing", async () => {
    const answered = await logIn({ dpop: { apiNonce: "of the API" } });
    assert.equal(await callApi(answered), 200);
    assert.equal(await callApi(answered), 200);
    assert.equal(server.requestsTo("api").length, 3);
    assert.equal(server.requestsTo("token").length, 1);
  });

  test("that changes with every answer costs one repetition and no loop", async () => {
    const answered = await logIn({});
    let asked = 0;
    server.dpop = {
      get apiNonce() {
        asked += 1;
        return `nonce ${asked}`;
      },
    };
    assert.equal(await callApi(answered), 401);
    assert.equal(server.requestsTo("api").length, 2);
  });

  test("that UserInfo asks for is used at once", async () => {
    const answered = await logIn({ dpop: { apiNonce: "of UserInfo" } });
    const { sub } = await answered.tab.evaluate(({ client }) => client.getUserInfo());
    assert.equal(sub, "alice");
    assert.equal(server.requestsTo("userinfo").length, 2);
  });
});

test("an access token that an API refuses as invalid is renewed once, bound to the same key", async () => {
  const answered = await logIn({ lies: { challenge: 'DPoP error="invalid_token"' } });
  assert.equal(await callApi(answered), 200);
  assert.equal(server.requestsTo("api").length, 2);
  assert.equal(server.requestsTo("token").length, 2);
});

describe("dpop: required", () => {
  /** @type {Partial<ClientConfig>} */
  const config = { dpop: "required" };

  test("refuses a bearer token, and nobody is logged in", async () => {
    const answered = await logIn({ dpop: { ignoresProofs: true }, config });
    await relyingParty.assertRefused(answered, "token_type_unsupported", { codeWasSent: true });
  });

  test("refuses a bearer token in place of the one that was refreshed, and the session goes on", async () => {
    const answered = await logIn({ config });
    server.lies = { tokenResponse: having({ token_type: "Bearer" }) };
    const failure = await answered.tab.evaluate(({ client, failureOf }) =>
      failureOf(client.refresh()),
    );
    assert.equal(failure?.code, "token_type_unsupported");
    assert.equal(await senderIn(answered), "dpop");
    server.lies = {};
    await answered.tab.evaluate(({ client }) => client.refresh());
  });

  test("sends nobody to a server that does not offer it", async () => {
    assert.equal(await relyingParty.failureToBegin(config), "unsupported");
    assert.deepEqual(server.requestsTo("authorize"), []);
  });

  test("takes no session over that has a bearer token", async () => {
    const { page } = await relyingParty.logIn({});
    await page.goto(`${relyingParty.origin}/`);
    const tab = await startClient(page, relyingParty.config(config));
    assert.equal(await tab.evaluate(({ client }) => client.state.status), "anonymous");
  });
});

test("dpop: off sends no proof, and a token that is bound to a key is refused", async () => {
  const config = /** @type {const} */ ({ dpop: "off" });
  server.dpop = undefined;
  await relyingParty.assertAccepted(await relyingParty.logIn({}, { config }));
  server.lies = { tokenResponse: having({ token_type: "DPoP" }) };
  const answered = await relyingParty.logIn(server.lies, { config });
  assert.equal(
    await answered.tab.evaluate(({ client }) => client.callback?.error?.code),
    "token_type_unsupported",
  );
  assert.ok(server.requestsTo("token").every(({ hasProof }) => !hasProof));
});
