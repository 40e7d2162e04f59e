import assert from "node:assert/strict";
import { test } from "node:test";
import { until } from "../until.mjs";
import {
  configFor,
  logIn,
  newBlankContext,
  openBlankPage,
  startClient,
  stateOf,
  untilItRuns,
  untilStatus,
} from "./blank_page.mjs";
import { giveTimeToHandOver } from "./handover.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { storageOf } from "./stored.mjs";
import { TokenTraffic } from "./token_traffic.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */
/** @typedef {import("playwright-core").BrowserContext} BrowserContext */
/** @typedef {import("playwright-core").Page} Page */

const journey = journeyOfThisFile();

/** Notes which records a page has read. */
function noteReads() {
  const page = /** @type {{ reads: string[] }} */ (/** @type {unknown} */ (globalThis));
  page.reads = [];
  const { get } = IDBObjectStore.prototype;
  IDBObjectStore.prototype.get = function (key) {
    const request = get.call(this, key);
    request.addEventListener("success", () => void page.reads.push(String(key)));
    return request;
  };
}

/**
 * The reads of a session's record in a page.
 *
 * @param {Page} page
 * @returns {Promise<number>}
 */
const readsOf = (page) =>
  page.evaluate(
    () =>
      /** @type {{ reads: string[] }} */ (/** @type {unknown} */ (globalThis)).reads.filter((key) =>
        key.startsWith("session "),
      ).length,
  );

/**
 * A page that has read the session's record and waits for its wasm.
 *
 * @param {BrowserContext} context
 */
async function pageWithoutWasm(context) {
  /** @type {(how: "continue" | "abort") => void} */
  let arrive = () => {};
  const arrived = /** @type {Promise<"continue" | "abort">} */ (
    new Promise((resolve) => (arrive = resolve))
  );
  const page = await context.newPage();
  await page.route("**/*.wasm", async (route) => route[await arrived]());
  await page.addInitScript(noteReads);
  await page.goto(`${journey.stack.demo}/blank`);
  const starting = startClient(page, configFor(journey));
  // Whether it fails is asked later.
  starting.catch(() => {});
  await until("the record is read", async () => (await readsOf(page)) === 1);
  return { page, starting, arrive };
}

/**
 * A tab in which somebody is logged in, and another page of the browser that waits for its wasm.
 */
async function tabAndPageWithoutWasm() {
  const context = await newBlankContext(journey);
  await giveTimeToHandOver(context);
  const first = await logIn(journey, { context });
  return { context, first, late: await pageWithoutWasm(context) };
}

/**
 * Has no tab refresh, so that none finds out by itself what is in the vault.
 *
 * @param {Page} page
 */
const holdBackRefreshes = (page) =>
  page.evaluate(
    (name) =>
      new Promise((resolve) => {
        void navigator.locks.request(name, () => {
          resolve(undefined);
          return new Promise(() => {});
        });
      }),
    `portcullis session ${journey.stack.issuer} spa`,
  );

/** @param {TabHandle} tab */
const tokenOf = (tab) => tab.evaluate(({ client }) => client.getAccessToken());

test("the record that was read while the wasm was on its way is not read again for the state", async () => {
  const { first, late } = await tabAndPageWithoutWasm();
  await holdBackRefreshes(first.page);
  late.arrive("continue");
  assert.equal((await stateOf(await late.starting)).status, "authenticated");
  assert.equal(await readsOf(late.page), 1);
});

test("a logout in another tab is heard while the wasm is on its way", async () => {
  const { first, late } = await tabAndPageWithoutWasm();
  await holdBackRefreshes(first.page);
  await first.tab.evaluate(({ client }) => void client.logout({ local: true }));
  await untilStatus(first.page, first.tab, "anonymous");
  await until(
    "the vault is empty",
    async () => !(await storageOf(first.page)).includes("session "),
  );
  late.arrive("continue");
  await untilStatus(late.page, await late.starting, "anonymous");
});

test("a login in another tab is heard while the wasm is on its way", async () => {
  const context = await newBlankContext(journey);
  const late = await pageWithoutWasm(context);
  await logIn(journey, { context });
  late.arrive("continue");
  await untilStatus(late.page, await late.starting, "authenticated");
});

test("a refresh token that another tab spent while the wasm was on its way is not sent", async () => {
  const { context, first, late } = await tabAndPageWithoutWasm();
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  await first.tab.evaluate(({ client }) => client.refresh());
  late.arrive("continue");
  assert.equal(await tokenOf(await late.starting), await tokenOf(first.tab));
  assert.equal(traffic.requests.length, 1);
});

test("where the user clears the site's data while the wasm is on its way, nobody is logged in", async () => {
  const { context, first, late } = await tabAndPageWithoutWasm();
  await holdBackRefreshes(first.page);
  const session = await context.newCDPSession(first.page);
  const { origin } = new URL(first.page.url());
  await session.send("Storage.clearDataForOrigin", { origin, storageTypes: "indexeddb" });
  await untilStatus(first.page, first.tab, "anonymous");
  late.arrive("continue");
  assert.equal((await stateOf(await late.starting)).status, "anonymous");
});

test("a page that was left and came back reads the record anew", async () => {
  const { first, late } = await tabAndPageWithoutWasm();
  await holdBackRefreshes(first.page);
  await late.page.evaluate(() => void dispatchEvent(new PageTransitionEvent("pagehide")));
  late.arrive("continue");
  assert.equal((await stateOf(await late.starting)).status, "authenticated");
  assert.equal(await readsOf(late.page), 2);
});

test("a client that was closed leaves no listener in its page", async () => {
  const page = await openBlankPage(journey);
  const session = await page.context().newCDPSession(page);
  const listeners = async () => {
    const { result } = await session.send("Runtime.evaluate", { expression: "window" });
    const { objectId = "" } = result;
    const { listeners } = await session.send("DOMDebugger.getEventListeners", { objectId });
    return listeners.map(({ type }) => type);
  };
  const before = await listeners();
  const tab = await startClient(page, configFor(journey));
  await untilItRuns(tab);
  assert.ok((await listeners()).length > before.length);
  await tab.evaluate(({ client }) => client.close());
  assert.deepEqual(await listeners(), before);
});

test("where the wasm does not come, a later start reads the record anew", async () => {
  const { first, late } = await tabAndPageWithoutWasm();
  late.arrive("abort");
  await assert.rejects(late.starting, /wasm/);
  await holdBackRefreshes(first.page);
  await late.page.unroute("**/*.wasm");
  const tab = await startClient(late.page, configFor(journey));
  assert.equal((await stateOf(tab)).status, "authenticated");
  assert.equal(await readsOf(late.page), 2);
});
