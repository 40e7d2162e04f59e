import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { having, relyingPartyOfThisFile, secondsFromNow, without } from "./relying_party.mjs";
import {
  generateShortRsaKey,
  generateSigningKey,
  leftHalfOfHash,
  unsigned,
} from "./signing_keys.mjs";

/** @typedef {import("./hostile_server.mjs").Lies} Lies */
/** @typedef {import("./signing_keys.mjs").SigningKey} SigningKey */

const relyingParty = relyingPartyOfThisFile();
const { server } = relyingParty;

const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA"],
];
const keys = new Map(
  await Promise.all(
    ALGORITHMS.map(async (alg) => /** @type {const} */ ([alg, await generateSigningKey(alg)])),
  ),
);

/** @param {string} alg */
const keyOf = (alg) => /** @type {SigningKey} */ (keys.get(alg));

describe("an algorithm", () => {
  for (const alg of ALGORITHMS) {
    test(`${alg} is believed, with an at_hash by its own hash`, async () => {
      server.keys = [keyOf(alg)];
      const answered = await relyingParty.logIn({
        claims: (claims, { accessToken }) => ({
          ...claims,
          at_hash: leftHalfOfHash(alg, accessToken),
        }),
      });
      await relyingParty.assertAccepted(answered);
    });
  }

  for (const alg of ["None", "NONE", "nOnE"]) {
    test(`${alg} is none, and refused`, async () => {
      const answered = await relyingParty.logIn({ idToken: (claims) => unsigned(claims, alg) });
      await relyingParty.assertRefused(answered, "id_token_alg", { codeWasSent: true });
    });
  }

  test("a good PS256 signature by a key that is published for RS256 is refused", async () => {
    const answered = await relyingParty.logIn({
      jwks: () => [{ ...keyOf("PS256").publicJwk, alg: "RS256" }],
      idToken: (claims) => keyOf("PS256").sign(claims),
    });
    await relyingParty.assertRefused(answered, "id_token_key", { codeWasSent: true });
  });

  test("an at_hash by another hash than the algorithm's is refused", async () => {
    server.keys = [keyOf("ES384")];
    const answered = await relyingParty.logIn({
      claims: (claims, { accessToken }) => ({
        ...claims,
        at_hash: leftHalfOfHash("ES256", accessToken),
      }),
    });
    await relyingParty.assertRefused(answered, "id_token_at_hash", { codeWasSent: true });
  });
});

describe("keys", () => {
  const unusable = [
    { kty: "oct", kid: "a", k: "c2VjcmV0" },
    { kty: "EC", kid: "b", crv: "secp256k1", x: "AA", y: "AA" },
    { kty: "ML-DSA", kid: "c", pub: "AA" },
    { ...keyOf("RS384").publicJwk, use: "enc" },
    {},
    null,
    "a key",
  ];

  test("that nobody can use do not keep the good one from being found", async () => {
    const answered = await relyingParty.logIn({ jwks: (keys) => [...unusable, ...keys] });
    await relyingParty.assertAccepted(answered);
  });

  test("a new key under an old kid is fetched", async () => {
    const newKey = await generateSigningKey("RS256", relyingParty.key.publicJwk.kid);
    const answered = await relyingParty.logIn({
      idToken: (claims) => {
        server.keys = [newKey];
        return newKey.sign(claims);
      },
    });
    await relyingParty.assertAccepted(answered);
    assert.equal(server.keyRequestsAfterToken, 1);
  });

  test("an unknown kid is asked for once more, and then refused", async () => {
    const answered = await relyingParty.logIn({
      idToken: (claims) => relyingParty.key.sign(claims, { kid: "unknown" }),
    });
    await relyingParty.assertRefused(answered, "id_token_key", { codeWasSent: true });
    assert.equal(server.keyRequestsAfterToken, 1);
  });

  test("an RSA key of 1024 bits is no key", async () => {
    server.keys = [generateShortRsaKey("short")];
    const answered = await relyingParty.logIn();
    await relyingParty.assertRefused(answered, "id_token_key", { codeWasSent: true });
  });

  test("a key for encryption signs nothing", async () => {
    const answered = await relyingParty.logIn({
      jwks: () => [{ ...relyingParty.key.publicJwk, use: "enc" }],
    });
    await relyingParty.assertRefused(answered, "id_token_key", { codeWasSent: true });
  });

  test("a key that the token itself brings is not taken", async () => {
    const answered = await relyingParty.logIn({
      idToken: (claims) => {
        const own = keyOf("RS256");
        const header = { jwk: own.publicJwk, jku: `${server.issuer}/jwks`, kid: undefined };
        return own.sign(claims, header);
      },
    });
    await relyingParty.assertRefused(answered, "id_token_signature", { codeWasSent: true });
  });

  test("that fit are tried up to the fourth", async () => {
    const four = ["RS256", "RS256", "RS256", "RS256"].map((alg) => keyOf(alg).publicJwk);
    const answered = await relyingParty.logIn({
      jwks: (keys) => [...four, ...keys].map((key) => without("kid")(/** @type {any} */ (key))),
      idToken: (claims) => relyingParty.key.sign(claims, { kid: undefined }),
    });
    await relyingParty.assertRefused(answered, "id_token_signature", { codeWasSent: true });
  });

  test("a header with crit is refused", async () => {
    const answered = await relyingParty.logIn({
      idToken: async (claims) => {
        const token = await relyingParty.key.sign(claims);
        const header = { alg: "RS256", kid: "RS256", crit: ["exp"], exp: 0 };
        const encoded = Buffer.from(JSON.stringify(header)).toString("base64url");
        return [encoded, ...token.split(".").slice(1)].join(".");
      },
    });
    await relyingParty.assertRefused(answered, "id_token_malformed", { codeWasSent: true });
  });
});

describe("metadata", () => {
  /** @type {[string, Record<string, unknown>, string][]} */
  const refused = [
    [
      "with PKCE methods other than S256",
      { code_challenge_methods_supported: ["plain"] },
      "discovery_failed",
    ],
    [
      "with a token endpoint without TLS",
      { token_endpoint: "http://as.example/token" },
      "insecure_url",
    ],
  ];
  for (const [what, changes, code] of refused) {
    test(`${what} is refused, and nobody is sent there`, async () => {
      server.lies = { metadata: having(changes) };
      assert.equal(await relyingParty.failureToBegin(), code);
      assert.deepEqual(server.requestsTo("authorize"), []);
    });
  }
});

describe("a time", () => {
  /** @type {[string, Lies["claims"], string | null][]} */
  const times = [
    ["iat 20 seconds ahead is within the tolerance", secondsFromNow("iat", 20), null],
    ["iat 60 seconds ahead is not", secondsFromNow("iat", 60), "id_token_iat"],
    ["exp 15 seconds ago is within the tolerance", secondsFromNow("exp", -15), null],
    ["nbf 20 seconds ahead is within the tolerance", secondsFromNow("nbf", 20), null],
    ["nbf 60 seconds ahead is not", secondsFromNow("nbf", 60), "id_token_nbf"],
    ["exp as a float is believed", having({ exp: Date.now() / 1000 + 60.5 }), null],
    ["exp as a string is refused", having({ exp: "9999999999" }), "id_token_exp"],
  ];
  for (const [what, claims, code] of times) {
    test(what, async () => {
      const answered = await relyingParty.logIn({ claims });
      if (code === null) await relyingParty.assertAccepted(answered);
      else await relyingParty.assertRefused(answered, code, { codeWasSent: true });
    });
  }

  for (const [what, auth_time, code] of /** @type {const} */ ([
    ["recent enough is believed", -60, null],
    ["too long ago is refused", -600, "id_token_auth_time"],
  ])) {
    test(`auth_time ${what} where maxAge was asked for`, async () => {
      const lies = { claims: secondsFromNow("auth_time", auth_time) };
      const answered = await relyingParty.logIn(lies, { config: { maxAge: 300 } });
      if (code === null) await relyingParty.assertAccepted(answered);
      else await relyingParty.assertRefused(answered, code, { codeWasSent: true });
      assert.equal(server.requestsTo("authorize")[0].query.get("max_age"), "300");
    });
  }

  test("auth_time missing is refused where maxAge was asked for", async () => {
    const answered = await relyingParty.logIn({}, { config: { maxAge: 300 } });
    await relyingParty.assertRefused(answered, "id_token_auth_time", { codeWasSent: true });
  });
});

describe("an audience", () => {
  test("of two is believed with our azp", async () => {
    const claims = having({ aud: ["another", "spa"], azp: "spa" });
    await relyingParty.assertAccepted(await relyingParty.logIn({ claims }));
  });

  test("of one is refused with another azp", async () => {
    const answered = await relyingParty.logIn({ claims: having({ azp: "another" }) });
    await relyingParty.assertRefused(answered, "id_token_azp", { codeWasSent: true });
  });
});

describe("an authorization response", () => {
  /** @type {[string, NonNullable<Lies["authorizationResponse"]>, string][]} */
  const refused = [
    ["with an access token", having({ access_token: "at" }), "callback_invalid"],
    ["with an ID token", having({ id_token: "a.b.c" }), "callback_invalid"],
    ["with an empty code", having({ code: "" }), "callback_invalid"],
    [
      "with an error and another issuer",
      having({ error: "access_denied", iss: "https://evil.example" }),
      "issuer_mismatch",
    ],
    ["with an error", having({ error: "access_denied" }), "access_denied"],
    [
      "with invalid_grant for an error, which ends no session here,",
      having({ error: "invalid_grant" }),
      "server_error",
    ],
  ];
  for (const [what, authorizationResponse, code] of refused) {
    test(`${what} is refused before the code is sent`, async () => {
      const answered = await relyingParty.logIn({ authorizationResponse });
      await relyingParty.assertRefused(answered, code, { codeWasSent: false });
    });
  }

  test("without iss is believed where the metadata does not promise it", async () => {
    const answered = await relyingParty.logIn({
      metadata: without("authorization_response_iss_parameter_supported"),
      authorizationResponse: without("iss"),
    });
    await relyingParty.assertAccepted(answered);
  });
});

describe("a token response", () => {
  /** @type {[string, NonNullable<Lies["tokenResponse"]>, string][]} */
  const refused = [
    ["without an ID token", without("id_token"), "id_token_missing"],
    ["without an access token", without("access_token"), "token_response_invalid"],
    ["without token_type", without("token_type"), "token_response_invalid"],
    ["of another token_type", having({ token_type: "mac" }), "token_type_unsupported"],
  ];
  for (const [what, tokenResponse, code] of refused) {
    test(`${what} is refused`, async () => {
      const answered = await relyingParty.logIn({ tokenResponse });
      await relyingParty.assertRefused(answered, code, { codeWasSent: true });
    });
  }
});
