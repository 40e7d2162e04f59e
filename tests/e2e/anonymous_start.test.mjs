import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilEvent,
  untilStatus,
} from "./blank_page.mjs";
import { holdBack } from "./held_back.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { beginPopupLogin, newAppContext, outcomeOf } from "./popup_login.mjs";
import { refusalOf } from "./refusal.mjs";
import { signIn } from "./sign_in.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("portcullis").ClientConfig} ClientConfig */

const journey = journeyOfThisFile();

const NOBODY = { status: "anonymous", reason: "never" };

/**
 * A page in which nobody is logged in and whose wasm is on its way.
 *
 * @param {{ context?: BrowserContext, config?: ClientConfig }} [how]
 */
async function pageWithoutWasm({ context, config = configFor(journey) } = {}) {
  const page = await openBlankPage(journey, context);
  const arrive = await holdBack(page, "**/*.wasm");
  return { page, tab: await startClient(page, config), arrive };
}

/** @param {import("./blank_page.mjs").TabHandle} tab */
const loginsToldTo = (tab) =>
  tab.evaluate(({ events }) => events.filter(({ event }) => event === "login").length);

test("who has no session is anonymous while the wasm is on its way", async () => {
  const { tab } = await pageWithoutWasm();
  assert.deepEqual(await stateOf(tab), NOBODY);
  assert.equal(await tab.evaluate(({ client }) => client.callback), null);
});

test("and in a browser that was here before", async () => {
  const context = await newBlankContext(journey);
  await startClient(await openBlankPage(journey, context), configFor(journey));
  const { tab } = await pageWithoutWasm({ context });
  assert.deepEqual(await stateOf(tab), NOBODY);
});

test("and where sessions are kept in memory", async () => {
  const config = configFor(journey, { refreshTokens: "memory" });
  const { tab } = await pageWithoutWasm({ config });
  assert.deepEqual(await stateOf(tab), NOBODY);
});

test("nothing changes when the wasm is there, and what was asked meanwhile is answered", async () => {
  const { tab, arrive } = await pageWithoutWasm();
  const asked = await tab.evaluateHandle(({ client, failureOf }) => ({
    state: client.state,
    failure: failureOf(client.getAccessToken()),
  }));
  arrive();
  assert.equal((await asked.evaluate(({ failure }) => failure))?.code, "not_authenticated");
  const isSame = await tab.evaluate(
    ({ client, states }, { state }) => client.state === state && states.length === 0,
    asked,
  );
  assert.ok(isSame);
});

test("a login that is asked for meanwhile begins once the wasm is there", async () => {
  const { page, tab, arrive } = await pageWithoutWasm();
  await tab.evaluate(({ client }) => void client.loginWithRedirect({ returnTo: "/blank?later" }));
  arrive();
  await signIn(page);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  const back = await startClient(page, configFor(journey));
  assert.equal((await stateOf(back)).status, "authenticated");
  assert.match(
    (await back.evaluate(({ client }) => client.callback?.returnTo)) ?? "",
    /\/blank\?later$/,
  );
});

test("a popup opens with the click, and goes on once the wasm is there", async () => {
  const config = configFor(journey);
  const context = await newAppContext(journey, config);
  const { page, tab, arrive } = await pageWithoutWasm({ context, config });
  const { popup, login } = await beginPopupLogin(page, tab);
  arrive();
  await signIn(popup);
  assert.deepEqual(await outcomeOf(login), { user: "alice" });
  assert.equal(await loginsToldTo(tab), 1);
});

test("a popup is closed if the login it was opened for is not valid", async () => {
  const { page, tab, arrive } = await pageWithoutWasm();
  const { popup, login } = await beginPopupLogin(page, tab, { scope: "profile" });
  const closed = popup.waitForEvent("close");
  arrive();
  assert.equal((await outcomeOf(login)).failure?.code, "invalid_config");
  await closed;
});

test("who logs in in another tab meanwhile is logged in here, and listeners are told", async () => {
  const context = await newBlankContext(journey);
  const { page, tab, arrive } = await pageWithoutWasm({ context });
  await logIn(journey, { context });
  arrive();
  await untilStatus(page, tab, "authenticated");
  await untilEvent(page, tab, "login");
  assert.equal(await tab.evaluate(({ states }) => states.length), 1);
  // Whatever the core tells once it runs has been told by then.
  await tab.evaluate(({ client }) => client.getAccessToken());
  assert.equal(await loginsToldTo(tab), 1);
});

test("a client that was closed meanwhile stays closed", async () => {
  const { tab, arrive } = await pageWithoutWasm();
  await tab.evaluate(({ client }) => client.close());
  arrive();
  const failure = await tab.evaluate(({ client, failureOf }) => failureOf(client.getAccessToken()));
  assert.equal(failure?.code, "aborted");
});

test("a logger is told that the client could not be started, and a later call starts it", async () => {
  const page = await openBlankPage(journey);
  await page.route("**/*.wasm", (route) => route.abort());
  const tab = await startClient(page, configFor(journey));
  await page.waitForFunction(({ logged }) => logged.some(({ error }) => error), tab);
  const [told] = await tab.evaluate(({ logged }) => logged);
  assert.deepEqual(told?.error?.code, "wasm_unavailable");
  const failureOfLogin = () =>
    tab.evaluate(({ client, failureOf }) => failureOf(client.loginSilently()));
  assert.equal((await failureOfLogin())?.code, "wasm_unavailable");
  await page.unroute("**/*.wasm");
  assert.equal(await failureOfLogin(), null);
});

test("what only the core can judge of a configuration is judged before createClient resolves", async () => {
  const page = await openBlankPage(journey);
  for (const change of [
    { metadata: {} },
    { metadata: { issuer: "https://other.example" } },
    { jwks: {} },
    { signingAlgorithms: ["none"] },
    { extraParams: { state: "mine" } },
    { sessionManagement: "auto", silentLogin: "off" },
  ]) {
    const refusal = await refusalOf(page, { ...configFor(journey), ...change });
    assert.notEqual(refusal, null, JSON.stringify(change));
  }
});

for (const url of ["/blank?state=of-a-logout", "/blank?error=x&state=y", "/blank#code=x&state=y"]) {
  test(`the core is waited for where the page was opened at ${url}`, async () => {
    const page = await openBlankPage(journey);
    await page.goto(`${journey.stack.demo}${url}`);
    const arrive = await holdBack(page, "**/*.wasm");
    const starting = await page.evaluateHandle(
      async ({ path, config }) => {
        const { createClient } = /** @type {typeof import("portcullis")} */ (await import(path));
        const start = { settled: false, client: createClient(config) };
        start.client.finally(() => (start.settled = true));
        return start;
      },
      { path: "/pkg/index.js", config: configFor(journey) },
    );
    // What comes after the client's own look into the database.
    await page.evaluate(
      () =>
        new Promise((resolve, reject) => {
          const request = indexedDB.open("portcullis");
          request.onsuccess = () => resolve(request.result.close());
          request.onerror = reject;
        }),
    );
    assert.equal(await starting.evaluate(({ settled }) => settled), false);
    arrive();
    assert.deepEqual(await starting.evaluate(async ({ client }) => (await client).state), NOBODY);
  });
}
