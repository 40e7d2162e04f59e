import assert from "node:assert/strict";
import { test } from "node:test";
import {
  comeBackFromLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { storageOf } from "./stored.mjs";

const journey = journeyOfThisFile();

/** @typedef {Record<string, any>} Answer */

/**
 * Changes each answer of the token endpoint on its way.
 *
 * @param {import("playwright-core").BrowserContext} context
 * @param {(answer: Answer) => Answer} change
 */
async function changeAnswers(context, change) {
  await context.route(`${journey.stack.issuer}/token`, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change(await response.json()) });
  });
}

/**
 * @param {string} token
 * @param {(claims: Answer) => Answer} change
 * @returns {string} the same token with other claims, its signature as it was
 */
function withClaims(token, change) {
  const [header, payload, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
  const changed = Buffer.from(JSON.stringify(change(claims))).toString("base64url");
  return [header, changed, signature].join(".");
}

/** @type {{ id_token: string }} */
let stolen = { id_token: "" };

/** @type {[string, (answer: Answer) => Answer, string][]} */
const hostile = [
  [
    "claims that were changed after signing",
    (answer) => ({
      ...answer,
      id_token: withClaims(answer.id_token, (claims) => ({ ...claims, sub: "mallory" })),
    }),
    "id_token_signature",
  ],
  [
    "no signature",
    (answer) => {
      const [, payload] = answer.id_token.split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
      return { ...answer, id_token: `${header}.${payload}.` };
    },
    "id_token_alg",
  ],
  [
    "the ID token of another login",
    (answer) => ({ ...answer, id_token: stolen.id_token }),
    "id_token_nonce",
  ],
  [
    "another audience",
    (answer) => ({
      ...answer,
      id_token: withClaims(answer.id_token, (claims) => ({ ...claims, aud: "another" })),
    }),
    "id_token_aud",
  ],
  [
    "another issuer",
    (answer) => ({
      ...answer,
      id_token: withClaims(answer.id_token, (claims) => ({ ...claims, iss: "https://evil" })),
    }),
    "id_token_iss",
  ],
  [
    "an ID token that has expired",
    (answer) => ({
      ...answer,
      id_token: withClaims(answer.id_token, (claims) => ({ ...claims, exp: claims.iat - 3600 })),
    }),
    "id_token_exp",
  ],
  ["no ID token", ({ id_token: _, ...answer }) => answer, "id_token_missing"],
  ["no access token", ({ access_token: _, ...answer }) => answer, "token_response_invalid"],
  [
    "a token type of its own",
    (answer) => ({ ...answer, token_type: "N_A" }),
    "token_type_unsupported",
  ],
];

for (const [what, change, code] of hostile) {
  test(`a login that is answered with ${what} logs nobody in and stores nothing`, async () => {
    if (code === "id_token_nonce") await stealIdToken();
    const context = await newBlankContext(journey);
    await changeAnswers(context, change);
    const page = await openBlankPage(journey, context);
    await comeBackFromLogin(journey, page);
    const tab = await startClient(page, configFor(journey));
    const state = await stateOf(tab);
    assert.ok(state.status === "anonymous");
    assert.equal(state.reason, "login_failed");
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(Promise.reject(client.callback?.error)),
    );
    assert.equal(failure?.code, code);
    assert.doesNotMatch(await storageOf(page), /"session /);
  });
}

async function stealIdToken() {
  const context = await newBlankContext(journey);
  await changeAnswers(context, (answer) => {
    stolen = { id_token: answer.id_token };
    return answer;
  });
  await logIn(journey, { context });
}

test("an untouched answer logs in, so that it is the change that is refused", async () => {
  const context = await newBlankContext(journey);
  await changeAnswers(context, (answer) => answer);
  const { tab } = await logIn(journey, { context });
  assert.equal((await stateOf(tab)).status, "authenticated");
});

test("a refresh that is answered with somebody else's ID token is not believed", async () => {
  const { page, tab } = await logIn(journey);
  const before = await tab.evaluate(({ client }) => client.getAccessToken());
  await changeAnswers(page.context(), (answer) => ({
    ...answer,
    id_token: withClaims(answer.id_token, (claims) => ({ ...claims, sub: "mallory" })),
  }));
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.refresh()));
  assert.equal(failure?.code, "id_token_sub");
  const state = await stateOf(tab);
  assert.ok(state.status === "authenticated" && state.user.sub === "alice");
  assert.equal(await tab.evaluate(({ client }) => client.getAccessToken()), before);
});

test("keys that the server has rotated are fetched, and the session goes on", async () => {
  const { tab } = await logIn(journey);
  await journey.order("POST", "/keys/rotate", { keepOld: false });
  await journey.forgetRequests();
  await tab.evaluate(({ client }) => client.refresh());
  assert.equal((await journey.requestsTo("jwks")).length, 1);
  assert.equal((await stateOf(tab)).status, "authenticated");
});
