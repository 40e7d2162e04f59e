import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { having, relyingPartyOfThisFile, secondsFromNow, without } from "./relying_party.mjs";
import { generateSigningKey, unsigned } from "./signing_keys.mjs";

/** @typedef {import("portcullis").ClientConfig} ClientConfig */
/** @typedef {import("./hostile_server.mjs").Lies} Lies */

const PREFIX = "fapi2-security-profile-final-client-test";
const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

/** The algorithms of the profile. */
const config = { signingAlgorithms: ["PS256", "ES256", "EdDSA"] };
const [ecKey, rsaKey] = await Promise.all([
  generateSigningKey("ES256"),
  generateSigningKey("RS256"),
]);

/** @param {Lies} lies */
function logIn(lies) {
  server.keys = [ecKey, rsaKey];
  return relyingParty.logIn(lies, { config });
}

describe("accepted", () => {
  /** @type {[string, string, Lies][]} */
  const accepted = [
    ["happy-path", "an honest login", {}],
    ["valid-aud-as-array", "aud as an array of one", { claims: having({ aud: ["spa"] }) }],
    [
      "token-endpoint-response-without-expires_in",
      "no expires_in",
      { tokenResponse: without("expires_in") },
    ],
    [
      "token-type-case-insensitivity",
      "token_type bEARER",
      { tokenResponse: having({ token_type: "bEARER" }) },
    ],
  ];
  for (const [name, what, lies] of accepted) {
    test(`${PREFIX}-${name}: ${what} is believed`, async () => {
      await relyingParty.assertAccepted(await logIn(lies));
    });
  }

  test(`${PREFIX}-rs-dpop-auth-scheme-case-insensitivity: an API's challenge bEARER is understood`, async () => {
    server.keys = [ecKey];
    const apis = [`${server.issuer}/api`];
    const answered = await relyingParty.logIn(
      { challenge: 'bEARER error="invalid_token"' },
      { config: { ...config, apis } },
    );
    const status = await answered.tab.evaluate(
      async ({ client }, url) => (await client.fetch(url)).status,
      apis[0],
    );
    assert.equal(status, 200);
    assert.equal(server.requestsTo("api").length, 2);
  });
});

describe("accepted with DPoP", () => {
  /** @type {[string, string, import("./hostile_server.mjs").Dpop, Lies][]} */
  const accepted = [
    ["happy-path", "a login with a nonce", { nonce: "n", apiNonce: "n" }, {}],
    ["happy-path-no-dpop-nonce", "a login without a nonce", {}, {}],
    [
      "token-type-case-insensitivity",
      "token_type dPOP",
      {},
      { tokenResponse: having({ token_type: "dPOP" }) },
    ],
    [
      "rs-dpop-auth-scheme-case-insensitivity",
      "an API's challenge dPOP",
      {},
      { challenge: 'dPOP error="invalid_token"' },
    ],
  ];
  for (const [name, what, dpop, lies] of accepted) {
    test(`${PREFIX}-${name}: ${what} is understood, and the token is used with proofs`, async () => {
      server.keys = [ecKey];
      server.dpop = dpop;
      const apis = [`${server.issuer}/api`];
      const answered = await relyingParty.logIn(lies, {
        config: { ...config, apis, dpop: "required" },
      });
      const status = await answered.tab.evaluate(
        async ({ client }, url) => (await client.fetch(url)).status,
        apis[0],
      );
      assert.equal(status, 200);
    });
  }
});

test(`${PREFIX}-discovery-issuer-mismatch: nobody is sent to such a server`, async () => {
  server.lies = { metadata: having({ issuer: "https://evil.example" }) };
  assert.equal(await relyingParty.failureToBegin(config), "issuer_mismatch");
  assert.deepEqual(server.requestsTo("authorize"), []);
});

describe("an authorization response", () => {
  /** @type {[string, string, NonNullable<Lies["authorizationResponse"]>, string][]} */
  const refused = [
    [
      "invalid-authorization-response-iss",
      "another issuer",
      having({ iss: "https://evil.example" }),
      "issuer_mismatch",
    ],
    [
      "remove-authorization-response-iss",
      "no issuer, though the metadata says that there is one,",
      without("iss"),
      "issuer_mismatch",
    ],
    [
      "ensure-authorization-response-with-invalid-state-fails",
      "another state",
      having({ state: "another" }),
      "state_mismatch",
    ],
    [
      "ensure-authorization-response-with-invalid-missing-state-fails",
      "no state",
      without("state"),
      "callback_invalid",
    ],
  ];
  for (const [name, what, authorizationResponse, code] of refused) {
    test(`${PREFIX}-${name}: ${what} is refused before the code is sent`, async () => {
      const answered = await logIn({ authorizationResponse });
      await relyingParty.assertRefused(answered, code, { codeWasSent: false });
    });
  }
});

describe("an ID token", () => {
  /** @type {[string, string, Lies, string][]} */
  const refused = [
    ["invalid-null-alg", "no signature", { idToken: (claims) => unsigned(claims) }, "id_token_alg"],
    [
      "invalid-alternate-alg",
      "a good signature by an algorithm that is not asked for",
      { idToken: (claims) => rsaKey.sign(claims) },
      "id_token_alg",
    ],
    [
      "invalid-expired-exp",
      "exp in the past",
      { claims: secondsFromNow("exp", -60) },
      "id_token_exp",
    ],
    ["invalid-missing-exp", "no exp", { claims: without("exp") }, "id_token_exp"],
    ["invalid-aud", "another audience", { claims: having({ aud: "another" }) }, "id_token_aud"],
    ["invalid-missing-aud", "no audience", { claims: without("aud") }, "id_token_aud"],
    [
      "invalid-secondary-aud",
      "a second audience without azp",
      { claims: having({ aud: ["spa", "another"] }) },
      "id_token_azp",
    ],
    [
      "invalid-iss",
      "another issuer",
      { claims: having({ iss: "https://evil.example" }) },
      "id_token_iss",
    ],
    ["invalid-missing-iss", "no issuer", { claims: without("iss") }, "id_token_iss"],
    [
      "invalid-nonce",
      "the nonce of another login",
      { claims: having({ nonce: "another" }) },
      "id_token_nonce",
    ],
    ["invalid-missing-nonce", "no nonce", { claims: without("nonce") }, "id_token_nonce"],
  ];
  for (const [name, what, lies, code] of refused) {
    test(`${PREFIX}-${name}: ${what} is refused`, async () => {
      await relyingParty.assertRefused(await logIn(lies), code, { codeWasSent: true });
    });
  }
});
