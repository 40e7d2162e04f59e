import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  configFor,
  logIn,
  openBlankPage,
  startClient,
  stateOf,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { forgetSessions } from "./stored.mjs";

/** @typedef {import("playwright-core").Page} Page */
/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile({ backForwardCache: true });

/**
 * Runs a client in a page for as long as the page lives, so that one that comes back out of the
 * back/forward cache can be found again.
 *
 * @param {Page} page
 */
async function startLastingClient(page) {
  const tab = await startClient(page, configFor(journey));
  // A page that is in the middle of a refresh holds a lock, and no browser keeps it.
  await tab.evaluate(({ client }) => client.getAccessToken());
  await page.evaluate((tab) => {
    const life = { tab, persisted: false, asked: /** @type {unknown} */ (null) };
    Object.assign(window, { life });
    window.addEventListener("pageshow", ({ persisted }) => {
      life.persisted = persisted;
      // At once, as an app does that loads anew what the user comes back to.
      life.asked = tab.client.getAccessToken().catch(({ code }) => ({ code }));
    });
  }, tab);
  return tab;
}

/** @param {Page} page */
function lifeOf(page) {
  return page.evaluate(async () => {
    const { life } = /** @type {{ life?: any }} */ (/** @type {unknown} */ (window));
    return life && { persisted: life.persisted, status: life.tab.client.state.status };
  });
}

/** @param {Page} page */
async function untilLifeIs(page, /** @type {string} */ status) {
  await page.waitForFunction(
    (status) => /** @type {any} */ (window).life?.tab.client.state.status === status,
    status,
  );
}

describe("a page that comes back out of the back/forward cache", () => {
  test("is still logged in, and has a good token", async () => {
    const { page } = await logIn(journey);
    await page.goto(`${journey.stack.demo}/inbox`);
    await startLastingClient(page);
    await page.goto(`${journey.stack.demo}/elsewhere`);
    await page.goBack({ waitUntil: "commit" });
    await untilLifeIs(page, "authenticated");
    assert.deepEqual(await lifeOf(page), { persisted: true, status: "authenticated" });
    const token = await page.evaluate(() =>
      /** @type {any} */ (window).life.tab.client.getAccessToken(),
    );
    assert.equal(typeof token, "string");
  });

  test("shows no session that ended meanwhile, and gives no token of it", async () => {
    const { page } = await logIn(journey);
    await page.goto(`${journey.stack.demo}/inbox`);
    await startLastingClient(page);
    await page.goto(`${journey.stack.demo}/elsewhere`);
    // Without a word to other tabs, as Chromium drops a page from the cache that hears one.
    await forgetSessions(page);
    await page.goBack({ waitUntil: "commit" });
    await untilLifeIs(page, "anonymous");
    assert.equal((await lifeOf(page)).persisted, true);
    const asked = await page.evaluate(() => /** @type {any} */ (window).life.asked);
    assert.deepEqual(asked, { code: "not_authenticated" });
    await journey.forgetRequests();
    const failure = await page.evaluate(() =>
      /** @type {any} */ (window).life.tab.failureOf(
        /** @type {any} */ (window).life.tab.client.getAccessToken(),
      ),
    );
    assert.equal(failure.code, "not_authenticated");
    assert.deepEqual(await journey.requestsTo("token"), []);
  });
});

test("going back to the callback after a login begins nothing anew", async () => {
  const { page } = await logIn(journey);
  await page.goto(`${journey.stack.demo}/inbox`);
  await journey.forgetRequests();
  await page.goBack({ waitUntil: "commit" });
  assert.equal(page.url(), `${journey.stack.demo}/callback`);
  await page.reload();
  const tab = await startClient(page, configFor(journey));
  const { status, callback } = await tab.evaluate(({ client }) => ({
    status: client.state.status,
    callback: client.callback,
  }));
  assert.deepEqual({ status, callback }, { status: "authenticated", callback: null });
  const grants = (await journey.requestsTo("token")).map(({ grantType }) => grantType);
  assert.ok(!grants.includes("authorization_code"));
});

test("going back after a logout shows nobody", async () => {
  const { page, tab } = await logIn(journey);
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  await page.goto(`${journey.stack.demo}/goodbye`);
  await page.goBack({ waitUntil: "commit" });
  const again = await startClient(page, configFor(journey));
  assert.equal((await stateOf(again)).status, "anonymous");
});

test("mounting, unmounting and mounting again, as React's StrictMode does, leaves one client that works", async () => {
  const { page } = await logIn(journey);
  const other = await openBlankPage(journey, page.context());
  const tab = await startClient(other, configFor(journey));
  const mounted = await page.evaluateHandle(
    async ({ config }) => {
      const { createClient } = /** @type {typeof import("portcullis")} */ (
        await import(/** @type {string} */ ("/pkg/index.js"))
      );
      const unmounted = { ...config, scope: "openid offline_access" };
      const first = createClient(unmounted).then((client) => client.close());
      const second = createClient(unmounted);
      await first;
      return await second;
    },
    { config: configFor(journey) },
  );
  assert.equal(await mounted.evaluate(({ state }) => state.status), "authenticated");
  await tab.evaluate(({ client }) => client.logout({ local: true }));
  await page.waitForFunction(({ state }) => state.status === "anonymous", mounted);
});

test("a client that was closed by everyone who asked for it is made anew", async () => {
  const { page, tab } = await logIn(journey);
  const same = await startClient(page, configFor(journey));
  const closed = await tab.evaluate(({ client }, { client: other }) => {
    client.close();
    other.close();
    return client === other;
  }, same);
  assert.equal(closed, true);
  const anew = await startClient(page, configFor(journey));
  assert.equal(await anew.evaluate(({ client }, old) => client === old.client, tab), false);
  await untilStatus(page, anew, "authenticated");
  await anew.evaluate(({ client }) => client.getAccessToken());
});
