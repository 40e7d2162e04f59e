import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { startClient, stateOf } from "../e2e/blank_page.mjs";
import { having, relyingPartyOfThisFile, without } from "./relying_party.mjs";
import {
  generateSigningKey,
  leftHalfOfHash,
  signedWithPublicKeyAsSecret,
  unsigned,
} from "./signing_keys.mjs";

/** @typedef {import("./hostile_server.mjs").Lies} Lies */
/** @typedef {import("./relying_party.mjs").Answered} Answered */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

const [otherRsaKey, ecKey, otherEcKey] = await Promise.all([
  generateSigningKey("RS256"),
  generateSigningKey("ES256"),
  generateSigningKey("ES256"),
]);

/** @type {Lies["jwks"]} */
const keysWithoutKid = (keys) =>
  keys.map((key) => without("kid")(/** @type {Record<string, unknown>} */ (key)));

test("oidcc-client-test: a login is believed, after state, nonce and PKCE were asked for", async () => {
  await relyingParty.assertAccepted(await relyingParty.logIn());
  const [{ query }] = server.requestsTo("authorize");
  assert.equal(query.get("response_type"), "code");
  assert.equal(query.get("code_challenge_method"), "S256");
  for (const name of ["state", "nonce", "code_challenge"]) {
    assert.match(query.get(name) ?? "", /^[\w-]{43}$/, name);
  }
  const [{ form, authorization }] = server.requestsTo("token");
  assert.equal(form.get("client_id"), "spa");
  assert.equal(form.get("client_secret"), null);
  assert.equal(authorization, undefined);
});

describe("discovery and keys", () => {
  test("oidcc-client-test-discovery-openid-config: the endpoints are those of the metadata", async () => {
    const endpoint = `${server.issuer}/authorize?tenant=a`;
    const answered = await relyingParty.logIn({
      metadata: having({ authorization_endpoint: endpoint }),
    });
    await relyingParty.assertAccepted(answered);
    assert.equal(server.requestsTo("discovery").length, 1);
    assert.equal(server.requestsTo("authorize")[0].query.get("tenant"), "a");
  });

  test("oidcc-client-test-discovery-jwks-uri-keys: the keys come from jwks_uri, before the code is sent", async () => {
    const answered = await relyingParty.logIn({
      metadata: having({ jwks_uri: `${server.issuer}/jwks?tenant=a` }),
    });
    await relyingParty.assertAccepted(answered);
    const [{ query }] = server.requestsTo("jwks");
    assert.equal(query.get("tenant"), "a");
    assert.equal(server.keyRequestsAfterToken, 0);
  });

  test("oidcc-client-test-discovery-issuer-mismatch: nobody is sent to such a server", async () => {
    server.lies = { metadata: having({ issuer: `${server.issuer}/` }) };
    assert.equal(await relyingParty.failureToBegin(), "issuer_mismatch");
    assert.deepEqual(server.requestsTo("authorize"), []);
  });

  test("oidcc-client-test-kid-absent-single-jwks: the one key that fits is taken", async () => {
    const answered = await relyingParty.logIn({
      jwks: keysWithoutKid,
      idToken: (claims) => relyingParty.key.sign(claims, { kid: undefined }),
    });
    await relyingParty.assertAccepted(answered);
  });

  test("oidcc-client-test-kid-absent-multiple-jwks: each key that fits is tried", async () => {
    server.keys = [otherRsaKey, ecKey, relyingParty.key];
    const answered = await relyingParty.logIn({
      jwks: keysWithoutKid,
      idToken: (claims) => relyingParty.key.sign(claims, { kid: undefined }),
    });
    await relyingParty.assertAccepted(answered);
  });

  test("oidcc-client-test-ignores-unparseable-key-in-jwks: the others still serve", async () => {
    const answered = await relyingParty.logIn({
      jwks: (keys) => [{ kty: "RSA", kid: "RS256", alg: "RS256", n: 7 }, ...keys],
    });
    await relyingParty.assertAccepted(answered);
  });

  test("oidcc-client-test-signing-key-rotation: a new key is fetched for the next login", async () => {
    const first = await relyingParty.logIn();
    await relyingParty.assertAccepted(first);
    server.keys = [await generateSigningKey("RS256", "new")];
    const { page, tab } = first;
    // No refresh shall meet the new key before the login does.
    await tab.evaluate(({ client }) => client.logout({ local: true }));
    await page.goto(`${relyingParty.origin}/`);
    await relyingParty.assertAccepted(await relyingParty.logIn({}, { page }));
    assert.equal(server.keyRequestsAfterToken, 1);
  });

  test("oidcc-client-test-signing-key-rotation-just-before-signing: a new key is fetched at once", async () => {
    const newKey = await generateSigningKey("RS256", "new");
    const answered = await relyingParty.logIn({
      idToken: (claims) => {
        server.keys = [newKey];
        return newKey.sign(claims);
      },
    });
    await relyingParty.assertAccepted(answered);
    assert.equal(server.keyRequestsAfterToken, 1);
  });
});

describe("the ID token of a login", () => {
  test("oidcc-client-test-idtoken-sig-rs256: a good signature is believed", async () => {
    server.keys = [ecKey, relyingParty.key];
    const answered = await relyingParty.logIn({
      idToken: (claims) => relyingParty.key.sign(claims),
    });
    await relyingParty.assertAccepted(answered);
  });

  /** @type {[string, string, Lies, string][]} */
  const refused = [
    [
      "oidcc-client-test-idtoken-sig-none",
      "no signature",
      { idToken: (claims) => unsigned(claims) },
      "id_token_alg",
    ],
    [
      "oidcc-client-test-invalid-sig-rs256",
      "a signature by another RSA key",
      { idToken: (claims) => otherRsaKey.sign(claims) },
      "id_token_signature",
    ],
    [
      "oidcc-client-test-invalid-sig-es256",
      "a signature by another key of the same curve",
      { jwks: () => [ecKey.publicJwk], idToken: (claims) => otherEcKey.sign(claims) },
      "id_token_signature",
    ],
    [
      "oidcc-client-test-invalid-sig-hs256",
      "an HMAC with the public key for its secret",
      { idToken: (claims) => signedWithPublicKeyAsSecret(relyingParty.key, claims) },
      "id_token_alg",
    ],
    [
      "oidcc-client-test-invalid-iss",
      "another issuer",
      { claims: having({ iss: "https://evil.example" }) },
      "id_token_iss",
    ],
    [
      "oidcc-client-test-invalid-aud",
      "another audience",
      { claims: having({ aud: "another" }) },
      "id_token_aud",
    ],
    ["oidcc-client-test-missing-aud", "no audience", { claims: without("aud") }, "id_token_aud"],
    ["oidcc-client-test-missing-iat", "no iat", { claims: without("iat") }, "id_token_iat"],
    ["oidcc-client-test-missing-sub", "no subject", { claims: without("sub") }, "id_token_sub"],
    [
      "oidcc-client-test-nonce-invalid",
      "the nonce of another login",
      { claims: having({ nonce: "another" }) },
      "id_token_nonce",
    ],
    [
      "oidcc-client-test-invalid-athash",
      "the at_hash of another access token",
      { claims: having({ at_hash: leftHalfOfHash("RS256", "another") }) },
      "id_token_at_hash",
    ],
    [
      "oidcc-client-test-invalid-chash",
      "the c_hash of another code",
      { claims: having({ c_hash: leftHalfOfHash("RS256", "another") }) },
      "id_token_at_hash",
    ],
  ];
  for (const [name, what, lies, code] of refused) {
    test(`${name}: ${what} is refused`, async () => {
      const answered = await relyingParty.logIn(lies);
      await relyingParty.assertRefused(answered, code, { codeWasSent: true });
    });
  }
});

describe("UserInfo", () => {
  /** @param {Answered} answered */
  const userInfoOf = ({ tab }) => tab.evaluate(({ client }) => client.getUserInfo());

  /** @param {Answered} answered */
  const refusalOf = ({ tab }) =>
    tab.evaluate(({ client, failureOf }) => failureOf(client.getUserInfo()));

  test("oidcc-client-test-userinfo-bearer-header: the access token goes into the header", async () => {
    const answered = await relyingParty.logIn();
    assert.deepEqual(await userInfoOf(answered), { sub: "alice" });
    const [{ method, query, authorization }] = server.requestsTo("userinfo");
    assert.equal(method, "GET");
    assert.equal(query.size, 0);
    assert.match(authorization ?? "", /^Bearer at-\S+$/);
  });

  test("oidcc-client-test-scope-userinfo-claims: the claims of the scopes asked for are given", async () => {
    const scope = "openid profile email";
    const answered = await relyingParty.logIn({}, { config: { scope } });
    assert.deepEqual(await userInfoOf(answered), {
      sub: "alice",
      name: "Alice Example",
      preferred_username: "alice",
      email: "alice@example.com",
      email_verified: true,
    });
  });

  test("oidcc-client-test-userinfo-invalid-sub: claims about somebody else are refused", async () => {
    const answered = await relyingParty.logIn({ userinfo: having({ sub: "mallory" }) });
    assert.equal((await refusalOf(answered))?.code, "userinfo_sub");
  });

  const about = () => ({ iss: server.issuer, aud: "spa" });

  test("oidcc-client-test-userinfo-signed: claims with a good signature are believed", async () => {
    const answered = await relyingParty.logIn({
      userinfo: (claims) => relyingParty.key.sign({ ...claims, ...about() }),
    });
    assert.deepEqual(await userInfoOf(answered), { sub: "alice", ...about() });
  });

  /** @type {[string, NonNullable<Lies["userinfo"]>, string][]} */
  const refused = [
    [
      "a signature by another key",
      (claims) => otherRsaKey.sign({ ...claims, ...about() }),
      "userinfo_invalid",
    ],
    ["no signature", (claims) => unsigned({ ...claims, ...about() }), "userinfo_invalid"],
    [
      "another audience",
      (claims) => relyingParty.key.sign({ ...claims, ...about(), aud: "another" }),
      "userinfo_invalid",
    ],
    [
      "another subject",
      (claims) => relyingParty.key.sign({ ...claims, ...about(), sub: "mallory" }),
      "userinfo_sub",
    ],
  ];
  for (const [what, userinfo, code] of refused) {
    test(`oidcc-client-test-userinfo-signed: ${what} is refused`, async () => {
      const answered = await relyingParty.logIn({ userinfo });
      assert.equal((await refusalOf(answered))?.code, code);
    });
  }
});

describe("a refresh", () => {
  /** @param {Answered} answered */
  const tokenOf = ({ tab }) => tab.evaluate(({ client }) => client.getAccessToken());

  /** @param {Answered} answered */
  const refresh = ({ tab }) => tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));

  test("oidcc-client-test-refresh-token: the new access token is used from then on", async () => {
    const answered = await relyingParty.logIn();
    const before = await tokenOf(answered);
    assert.equal(await refresh(answered), null);
    const after = await tokenOf(answered);
    assert.notEqual(after, before);
    await answered.tab.evaluate(({ client }) => client.getUserInfo());
    assert.equal(server.requestsTo("userinfo")[0].authorization, `Bearer ${after}`);
  });

  /** @type {[string, string, Record<string, unknown>, string][]} */
  const refused = [
    [
      "oidcc-client-test-refresh-token-invalid-issuer",
      "another issuer",
      { iss: "https://evil.example" },
      "id_token_iss",
    ],
    [
      "oidcc-client-test-refresh-token-invalid-sub",
      "another subject",
      { sub: "mallory" },
      "id_token_sub",
    ],
    [
      "oidcc-client-test-refresh-token-invalid-aud",
      "another audience",
      { aud: "another" },
      "id_token_aud",
    ],
    [
      "oidcc-client-test-refresh-token-invalid-azp",
      "an azp that the login had not",
      { azp: "spa" },
      "id_token_azp",
    ],
  ];
  for (const [name, what, changes, code] of refused) {
    test(`${name}: ${what} is refused, and the session stays as it was`, async () => {
      const answered = await relyingParty.logIn({
        claims: (claims, { grantType }) =>
          grantType === "refresh_token" ? { ...claims, ...changes } : claims,
      });
      const before = await tokenOf(answered);
      assert.equal((await refresh(answered))?.code, code);
      const state = await stateOf(answered.tab);
      assert.ok(state.status === "authenticated");
      assert.equal(state.user.sub, "alice");
      assert.equal(await tokenOf(answered), before);
    });
  }
});
