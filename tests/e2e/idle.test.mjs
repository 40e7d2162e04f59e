import assert from "node:assert/strict";
import { test } from "node:test";
import {
  configFor,
  logIn,
  openBlankPage,
  startClient,
  stateOf,
  untilEvent,
  untilStatus,
} from "./blank_page.mjs";
import { journeyOfThisFile } from "./journey.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

const journey = journeyOfThisFile();
const IDLE_SECONDS = 4;
const config = () => configFor(journey, { idleTimeout: IDLE_SECONDS });

/** @param {TabHandle} tab */
async function reasonIn(tab) {
  const state = await stateOf(tab);
  return state.status === "anonymous" ? state.reason : undefined;
}

/** @param {TabHandle} tab */
function warningsIn(tab) {
  return tab.evaluate(({ events }) =>
    events.filter(({ event }) => event === "idleWarning").map(({ detail }) => detail.logoutAt),
  );
}

test("who does nothing is warned and then logged out in every tab, and the token is revoked once", async () => {
  const { page, tab } = await logIn(journey, { config: config() });
  const other = await openBlankPage(journey, page.context());
  const second = await startClient(other, config());
  await untilEvent(page, tab, "idleWarning");
  assert.equal((await stateOf(tab)).status, "authenticated");
  const [logoutAt] = await warningsIn(tab);
  const revoked = page
    .context()
    .waitForEvent("response", (response) => response.url().endsWith("/revoke"));
  await untilStatus(page, tab, "anonymous");
  await untilStatus(other, second, "anonymous");
  assert.ok((await page.evaluate(() => Date.now())) >= logoutAt);
  assert.deepEqual([await reasonIn(tab), await reasonIn(second)], ["idle", "idle"]);
  assert.equal((await revoked).status(), 200);
  // Both tabs saw the time end. A logout waits until either is done with that.
  await second.evaluate(({ client }) => client.logout({ local: true }));
  assert.equal((await journey.requestsTo("revocation")).length, 1);
  const token = await tab.evaluate(({ client, failureOf }) => failureOf(client.getAccessToken()));
  assert.equal(token?.code, "not_authenticated");
});

test("input in one tab keeps the user logged in in another, and takes the warning back", async () => {
  const { page, tab } = await logIn(journey, { config: config() });
  const other = await openBlankPage(journey, page.context());
  await startClient(other, config());
  await untilEvent(page, tab, "idleWarning");
  await other.keyboard.press("a");
  await untilEvent(page, tab, "idleWarning", 2);
  const [first, second] = await warningsIn(tab);
  assert.equal(typeof first, "number");
  assert.equal(second, null);
  await untilEvent(page, tab, "idleWarning", 3);
  assert.equal((await stateOf(tab)).status, "authenticated");
  assert.ok((await warningsIn(tab))[2] > first);
});

test("a page that is opened after the time finds nobody logged in", async () => {
  const { page } = await logIn(journey, { config: config() });
  const context = page.context();
  const logoutAt = (await page.evaluate(() => Date.now())) + IDLE_SECONDS * 1000;
  await page.close();
  const blank = await openBlankPage(journey, context);
  await blank.waitForFunction((at) => Date.now() > at, logoutAt);
  const tab = await startClient(blank, config());
  assert.equal(await reasonIn(tab), "idle");
});

test("a page that is opened before the time goes on from the last input", async () => {
  const { page } = await logIn(journey, { config: config() });
  await page.goto(`${journey.stack.demo}/blank`);
  const tab = await startClient(page, config());
  assert.equal((await stateOf(tab)).status, "authenticated");
  await untilStatus(page, tab, "anonymous");
  assert.equal(await reasonIn(tab), "idle");
});
