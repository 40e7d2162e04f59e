import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { configFor, logIn, openBlankPage, startClient, stateOf } from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { signIn } from "./sign_in.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile({ apiNonces: true });

beforeEach(() => journey.order("POST", "/dpop", { requireNonce: true }));

/** @param {TabHandle} tab */
async function senderIn(tab) {
  const state = await stateOf(tab);
  return state.status === "authenticated" ? state.sender : undefined;
}

/** @param {TabHandle} tab */
function callApi(tab) {
  return tab.evaluate(
    async ({ client }, url) => (await client.fetch(url)).status,
    `${journey.stack.api}/me`,
  );
}

test("a login, the API, UserInfo, a refresh and a logout where server and API ask for nonces", async () => {
  const { page, tab } = await logIn(journey, { config: configFor(journey, { dpop: "required" }) });
  assert.equal(await senderIn(tab), "dpop");
  assert.equal(await callApi(tab), 200);
  const { sub } = await tab.evaluate(({ client }) => client.getUserInfo());
  assert.equal(sub, "alice");
  await tab.evaluate(({ client }) => client.refresh());
  assert.equal(await callApi(tab), 200);

  // The first proof has no nonce yet and is refused; the code or refresh token is not spent by that.
  const statuses = (await journey.requestsTo("token")).map(({ status }) => status);
  assert.deepEqual(statuses, [400, 200, 200, 200]);
  await tab.evaluate(({ client }) => void client.logout());
  await page.waitForURL((url) => url.origin === journey.stack.issuer);
  const [revocation] = await journey.requestsTo("revocation");
  assert.equal(revocation?.status, 200);
});

test("a second tab is handed the token, and makes proofs with the same key", async () => {
  const { page, tab } = await logIn(journey);
  await tab.evaluate(({ client }) => client.getAccessToken());
  await journey.forgetRequests();
  const another = await openBlankPage(journey, page.context());
  const second = await startClient(another, configFor(journey));
  assert.equal(await callApi(second), 200);
  assert.equal(await senderIn(second), "dpop");
  assert.deepEqual(await journey.requestsTo("token"), []);
});

test("a login by device code is bound to the key of the browser that began it", async () => {
  const page = await openBlankPage(journey);
  const tab = await startClient(page, configFor(journey));
  const told = await page.evaluateHandle(({ client }) => {
    /** @type {{ prompt?: import("portcullis").DevicePrompt, done?: Promise<unknown> }} */
    const login = {};
    login.done = client.loginWithDevice({ onPrompt: (prompt) => void (login.prompt = prompt) });
    return login;
  }, tab);
  await page.waitForFunction((login) => login.prompt !== undefined, told);
  const url = await told.evaluate(({ prompt }) => prompt?.verificationUriComplete);
  const elsewhere = await (await journey.newContext()).newPage();
  await elsewhere.goto(String(url));
  await elsewhere.getByRole("button", { name: "This is my device" }).click();
  await signIn(elsewhere);
  await told.evaluate(({ done }) => done);
  assert.equal(await senderIn(tab), "dpop");
  assert.equal(await callApi(tab), 200);
});

test("a token that was carried off is of no use without the key", async () => {
  const { tab } = await logIn(journey);
  const statuses = await tab.evaluate(async ({ client }, url) => {
    const token = await client.getAccessToken();
    return Promise.all(
      ["Bearer", "DPoP"].map(async (scheme) => {
        const headers = { authorization: `${scheme} ${token}` };
        return (await fetch(url, { headers })).status;
      }),
    );
  }, `${journey.stack.api}/me`);
  assert.deepEqual(statuses, [401, 401]);
});

test("without DPoP the same API takes a bearer token", async () => {
  const { tab } = await logIn(journey, { config: configFor(journey, { dpop: "off" }) });
  assert.equal(await senderIn(tab), "bearer");
  assert.equal(await callApi(tab), 200);
});
