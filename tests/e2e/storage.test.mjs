import assert from "node:assert/strict";
import { test } from "node:test";
import {
  beginLogin,
  comeBackFromLogin,
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";

/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();

/**
 * A browser that blocks these storages for every page of the demo, as some do in private mode.
 *
 * @param {("indexedDB" | "sessionStorage")[]} storages
 */
async function contextWithout(storages) {
  const context = await newBlankContext(journey);
  await context.addInitScript((storages) => {
    for (const storage of storages) {
      Object.defineProperty(window, storage, {
        get() {
          throw new DOMException("blocked", "SecurityError");
        },
      });
    }
  }, storages);
  return context;
}

/** @param {TabHandle} tab */
const storageTroublesOf = (tab) =>
  tab.evaluate(
    ({ logged }) => logged.filter(({ error }) => error?.code === "storage_unavailable").length,
  );

/** @param {TabHandle} tab */
const tokenOf = (tab) => tab.evaluate(({ client }) => client.getAccessToken());

test("where IndexedDB is blocked, a login by redirect works, and a silent one after a reload", async () => {
  const context = await contextWithout(["indexedDB"]);
  const { page, tab } = await logIn(journey, { context });
  assert.equal((await stateOf(tab)).status, "authenticated");
  await tab.evaluate(({ client }) => client.refresh());
  assert.ok(await tokenOf(tab));
  assert.equal(await storageTroublesOf(tab), 1);

  await page.goto(`${journey.stack.demo}/blank`);
  const reloaded = await startClient(page, configFor(journey));
  assert.equal((await stateOf(reloaded)).status, "anonymous");
  const user = await reloaded.evaluate(({ client }) => client.loginSilently());
  assert.equal(user?.sub, "alice");
  assert.ok(await tokenOf(reloaded));
});

test("where IndexedDB is blocked, nothing of a login lies readable in the tab", async () => {
  const context = await contextWithout(["indexedDB"]);
  const page = await openBlankPage(journey, context);
  const options = { appState: "the app's own", returnTo: "/inbox" };
  await comeBackFromLogin(journey, page, { options });
  const url = new URL(page.url());
  const state = url.searchParams.get("state") ?? "";
  assert.ok(state.length >= 43);
  const stored = await page.evaluate(() => JSON.stringify(sessionStorage));
  assert.match(stored, /portcullis transaction/);
  for (const secret of [state, "the app's own", "/inbox"]) assert.ok(!stored.includes(secret));
  const tab = await startClient(page, configFor(journey));
  const { appState } = (await tab.evaluate(({ client }) => client.callback)) ?? {};
  assert.equal(appState, "the app's own");
});

test("where every storage is blocked, a login by redirect says so and stays", async () => {
  const context = await contextWithout(["indexedDB", "sessionStorage"]);
  const page = await openBlankPage(journey, context);
  const tab = await startClient(page, configFor(journey));
  const failure = await tab.evaluate(({ client, failureOf }) =>
    failureOf(client.loginWithRedirect()),
  );
  assert.equal(failure?.code, "storage_unavailable");
  assert.equal(new URL(page.url()).pathname, "/blank");
});

test("when the user clears the site's data, both tabs are logged out, and one logs in anew", async () => {
  const context = await newBlankContext(journey);
  const first = await logIn(journey, { context });
  const page = await openBlankPage(journey, context);
  const second = { page, tab: await startClient(page, configFor(journey)) };
  await tokenOf(second.tab);

  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  for (const { page, tab } of [first, second]) {
    await untilStatus(page, tab, "anonymous");
    const failure = await tab.evaluate(({ client, failureOf }) =>
      failureOf(client.getAccessToken()),
    );
    assert.equal(failure?.code, "not_authenticated");
  }

  await beginLogin(second.tab);
  await page.waitForURL(({ pathname }) => pathname === "/callback");
  const tab = await startClient(page, configFor(journey));
  assert.equal((await stateOf(tab)).status, "authenticated");
  await untilStatus(first.page, first.tab, "authenticated");
  assert.equal(await tokenOf(first.tab), await tokenOf(tab));
});
