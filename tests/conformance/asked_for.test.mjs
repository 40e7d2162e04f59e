import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startClient } from "../e2e/blank_page.mjs";
import { having, relyingPartyOfThisFile, secondsFromNow } from "./relying_party.mjs";

/** @typedef {import("portcullis").ClaimsRequest} ClaimsRequest */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("portcullis").LoginOptions} LoginOptions */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

/**
 * @param {LoginOptions} options
 * @param {Partial<ClientConfig>} [config]
 * @returns how a login failed to begin
 */
async function failureOf(options, config) {
  const tab = await startClient(await relyingParty.openPage(), relyingParty.config(config));
  return tab.evaluate(
    ({ client, failureOf }, options) => failureOf(client.loginWithRedirect(options)),
    options,
  );
}

describe("the claims parameter", () => {
  /** @type {ClaimsRequest} */
  const goldOrSilver = { id_token: { acr: { essential: true, values: ["gold", "silver"] } } };

  test("is sent as JSON, and what it makes essential is believed", async () => {
    const claims = { ...goldOrSilver, userinfo: { email: null } };
    const lies = { claims: having({ acr: "silver" }) };
    await relyingParty.assertAccepted(await relyingParty.logIn(lies, { options: { claims } }));
    const [{ query }] = server.requestsTo("authorize");
    assert.deepEqual(JSON.parse(query.get("claims") ?? ""), claims);
  });

  /** @type {[string, ClaimsRequest["id_token"], Lies, string][]} */
  const refused = [
    ["no acr where one of two is essential", goldOrSilver.id_token, {}, "id_token_acr"],
    ["another acr", goldOrSilver.id_token, { claims: having({ acr: "bronze" }) }, "id_token_acr"],
    ["another sub than the one asked for", { sub: { value: "bob" } }, {}, "id_token_sub"],
    ["no auth_time", { auth_time: { essential: true } }, {}, "id_token_auth_time"],
  ];
  for (const [what, asked, lies, code] of refused) {
    test(`lets ${what} be refused`, async () => {
      const options = { claims: { id_token: asked } };
      const answered = await relyingParty.logIn(lies, { options });
      await relyingParty.assertRefused(answered, code, { codeWasSent: true });
    });
  }

  test("is believed when sub and auth_time are what was asked for", async () => {
    const id_token = { sub: { value: "alice" }, auth_time: { essential: true } };
    const lies = { claims: secondsFromNow("auth_time", -5) };
    const options = { claims: { id_token } };
    await relyingParty.assertAccepted(await relyingParty.logIn(lies, { options }));
  });

  const extraParams = { claims: JSON.stringify(goldOrSilver) };

  test("counts the same in the extraParams of a login", async () => {
    const answered = await relyingParty.logIn({}, { options: { extraParams } });
    await relyingParty.assertRefused(answered, "id_token_acr", { codeWasSent: true });
  });

  test("counts the same in the extraParams of the configuration", async () => {
    const answered = await relyingParty.logIn({}, { config: { extraParams } });
    await relyingParty.assertRefused(answered, "id_token_acr", { codeWasSent: true });
  });

  test("of a login goes before that of the configuration", async () => {
    const how = { config: { extraParams }, options: { claims: {} } };
    await relyingParty.assertAccepted(await relyingParty.logIn({}, how));
  });

  test("that is no JSON object is refused before anything is sent", async () => {
    for (const claims of ["acr", "[]", '{"id_token":{},"id_token":{}}']) {
      const failure = await failureOf({ extraParams: { claims } });
      assert.equal(failure?.code, "invalid_config", claims);
      assert.match(failure.message, /extraParams\.claims$/);
    }
    const failure = await failureOf(/** @type {any} */ ({ claims: "{}" }));
    assert.equal(failure?.code, "invalid_config");
    assert.deepEqual(server.requestsTo("authorize"), []);
  });
});

describe("a request_uri of the app's", () => {
  const options = { extraParams: { request_uri: "https://app.example/request.jwt" } };
  const withPar = () =>
    having({ pushed_authorization_request_endpoint: `${server.issuer}/authorize` });

  test("goes along with state, nonce and PKCE, and is not pushed", async () => {
    const answered = await relyingParty.logIn({ metadata: withPar() }, { options });
    await relyingParty.assertAccepted(answered);
    const [{ method, query }] = server.requestsTo("authorize");
    assert.equal(method, "GET");
    assert.equal(query.get("request_uri"), options.extraParams.request_uri);
    for (const name of ["state", "nonce", "code_challenge"]) assert.ok(query.get(name), name);
  });

  test("with a state of its own is refused: the code is not sent", async () => {
    const lies = { authorizationResponse: having({ state: "of the request object" }) };
    const answered = await relyingParty.logIn(lies, { options });
    await relyingParty.assertRefused(answered, "state_mismatch", { codeWasSent: false });
  });

  test("with a nonce of its own is refused", async () => {
    const lies = { claims: having({ nonce: "of the request object" }) };
    const answered = await relyingParty.logIn(lies, { options });
    await relyingParty.assertRefused(answered, "id_token_nonce", { codeWasSent: true });
  });

  test("is refused where requests have to be pushed", async () => {
    server.lies = { metadata: withPar() };
    assert.equal((await failureOf(options, { par: "required" }))?.code, "unsupported");
    assert.deepEqual(server.requestsTo("authorize"), []);
  });
});
