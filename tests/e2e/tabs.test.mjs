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
  untilEvent,
  untilStatus,
} from "./blank_page.mjs";
import { giveTimeToHandOver } from "./handover.mjs";
import { journeyOfThisFile } from "./journey.mjs";
import { TokenTraffic } from "./token_traffic.mjs";

/** @typedef {import("./blank_page.mjs").TabHandle} TabHandle */

/** The lifetime of an access token, in seconds. */
const TTL = 6;
const journey = journeyOfThisFile({ accessTokenTtl: TTL });

/** @param {number} ttl how many seconds, where nothing is to expire by itself */
const haveTokensLive = (ttl) => journey.order("POST", "/access-tokens", { ttl });

/** Two tabs of one browser in which somebody is logged in, both with an access token. */
async function twoTabs() {
  const context = await newBlankContext(journey);
  await giveTimeToHandOver(context);
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const first = await logIn(journey, { context });
  const page = await openBlankPage(journey, context);
  const second = { page, tab: await startClient(page, configFor(journey)) };
  await tokenOf(second.tab);
  return { first, second, traffic };
}

/** @param {TabHandle} tab */
const tokenOf = (tab) => tab.evaluate(({ client }) => client.getAccessToken());

/** @param {TabHandle} tab */
const statusOfRefusal = (tab) =>
  tab.evaluate(({ client }) =>
    client.getAccessToken({ forceRefresh: true }).then(
      () => null,
      ({ status }) => status,
    ),
  );

/** @param {TabHandle} tab */
const refreshesOf = (tab) =>
  tab.evaluate(({ events }) =>
    events.filter(({ event }) => event === "refreshed").map(({ detail }) => detail.by),
  );

/** @param {TabHandle} tab */
const reasonOf = (tab) =>
  tab.evaluate(({ client: { state } }) => (state.status === "anonymous" ? state.reason : null));

test("a login in one tab is seen in the other", async () => {
  const context = await newBlankContext(journey);
  const watching = await openBlankPage(journey, context);
  const tab = await startClient(watching, configFor(journey));
  assert.equal((await stateOf(tab)).status, "anonymous");
  await logIn(journey, { context });
  await untilStatus(watching, tab, "authenticated");
  await untilEvent(watching, tab, "login");
  const state = await stateOf(tab);
  assert.ok(state.status === "authenticated" && state.user.sub === "alice");
});

test("what the server asked one tab to wait, the other one waits too", async (context) => {
  await haveTokensLive(60);
  context.after(() => haveTokensLive(TTL));
  const { first, second } = await twoTabs();
  await journey.breakServer({
    ...{ endpoint: "token", kind: "respond", times: 100 },
    ...{ status: 429, headers: { "Retry-After": "600" } },
  });
  assert.equal(await statusOfRefusal(first.tab), 429);
  await untilEvent(second.page, second.tab, "refreshFailed");
  await journey.forgetRequests();
  assert.equal(await statusOfRefusal(second.tab), 429);
  assert.deepEqual(await journey.requestsTo("token"), []);
});

test("a refresh that failed is tried again by the tab in which it did", async (context) => {
  await haveTokensLive(60);
  context.after(() => haveTokensLive(TTL));
  const { first, second } = await twoTabs();
  await journey.breakServer({ endpoint: "token", kind: "respond", status: 503 });
  assert.equal(await statusOfRefusal(first.tab), 503);
  await untilEvent(second.page, second.tab, "refreshFailed");
  const before = (await refreshesOf(second.tab)).length;
  await untilEvent(second.page, second.tab, "refreshed", before + 1);
  await untilEvent(first.page, first.tab, "refreshed");
  assert.deepEqual((await refreshesOf(second.tab)).slice(before), ["another_tab"]);
  assert.deepEqual(await refreshesOf(first.tab), ["this_tab"]);
});

test("a tab that opens later gets the access token of the first one, and asks for none", async () => {
  const { first, second, traffic } = await twoTabs();
  assert.equal(await tokenOf(second.tab), await tokenOf(first.tab));
  assert.equal(traffic.requests.length, 1);
});

test("a refresh in one tab gives both the same new token, for one token request", async () => {
  const { first, second, traffic } = await twoTabs();
  const before = traffic.requests.length;
  await first.tab.evaluate(({ client }) => client.refresh());
  await second.page.waitForFunction(
    (tab) =>
      tab.events.filter(({ event }) => event === "refreshed").at(-1)?.detail.by === "another_tab",
    second.tab,
  );
  assert.equal((await refreshesOf(first.tab)).at(-1), "this_tab");
  assert.equal(await tokenOf(second.tab), await tokenOf(first.tab));
  assert.equal(traffic.requests.length, before + 1);
});

test("refreshes that two tabs ask for at the same moment are one", async () => {
  const { first, second, traffic } = await twoTabs();
  const before = traffic.requests.length;
  const refresh = (/** @type {TabHandle} */ tab) => tab.evaluate(({ client }) => client.refresh());
  await Promise.all([refresh(first.tab), refresh(second.tab)]);
  assert.equal(await tokenOf(second.tab), await tokenOf(first.tab));
  assert.equal(traffic.requests.length, before + 1);
});

test("two tabs left alone send each refresh token once and stay in step", async () => {
  const { first, second, traffic } = await twoTabs();
  await Promise.all([
    untilEvent(first.page, first.tab, "refreshed", 2),
    untilEvent(second.page, second.tab, "refreshed", 2),
  ]);
  const sent = traffic.requests
    .map(({ refreshToken }) => refreshToken)
    .filter((refreshToken) => refreshToken !== null);
  assert.equal(new Set(sent).size, sent.length);
  for (const { tab } of [first, second]) {
    assert.equal((await stateOf(tab)).status, "authenticated");
  }
});

test("when the tab that refreshes is closed, the other one goes on", async () => {
  const { first, second } = await twoTabs();
  await first.page.close();
  await second.page.waitForFunction(
    (tab) =>
      tab.events.filter(({ event }) => event === "refreshed").at(-1)?.detail.by === "this_tab",
    second.tab,
  );
  assert.equal((await stateOf(second.tab)).status, "authenticated");
});

test("a logout in one tab is seen in the other", async () => {
  const { first, second } = await twoTabs();
  await first.tab.evaluate(({ client }) => void client.logout());
  await untilStatus(second.page, second.tab, "anonymous");
  assert.equal(await reasonOf(second.tab), "logged_out_elsewhere");
  await untilEvent(second.page, second.tab, "logout");
  const failure = await second.tab.evaluate(({ client, failureOf }) =>
    failureOf(client.getAccessToken()),
  );
  assert.equal(failure?.code, "not_authenticated");
});

test("a grant that the server revoked ends the session in both tabs", async () => {
  const { first, second } = await twoTabs();
  await journey.endAllSessions();
  await untilStatus(first.page, first.tab, "anonymous");
  await untilStatus(second.page, second.tab, "anonymous");
  assert.equal(await reasonOf(first.tab), "revoked");
  assert.equal(await reasonOf(second.tab), "revoked");
});

test("a second login replaces the first session in every tab", async () => {
  const { first, second } = await twoTabs();
  await comeBackFromLoginAs(second.page, "bob");
  const tab = await startClient(second.page, configFor(journey));
  const state = await stateOf(tab);
  assert.ok(state.status === "authenticated" && state.user.sub === "bob");
  await first.page.waitForFunction(
    ({ client: { state } }) => state.status === "authenticated" && state.user.sub === "bob",
    first.tab,
  );
  assert.equal(await tokenOf(first.tab), await tokenOf(tab));
});

test("five tabs without Web Locks left alone send each refresh token once and stay in step", async () => {
  const context = await newBlankContext(journey);
  await giveTimeToHandOver(context);
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  });
  const traffic = await TokenTraffic.listen(context, journey.stack.issuer);
  const tabs = [await logIn(journey, { context })];
  while (tabs.length < 5) {
    const page = await openBlankPage(journey, context);
    tabs.push({ page, tab: await startClient(page, configFor(journey)) });
  }
  const tokens = await Promise.all(tabs.map(({ tab }) => tokenOf(tab)));
  assert.equal(new Set(tokens).size, 1);
  assert.equal(traffic.requests.length, 1);

  await Promise.all(tabs.map(({ page, tab }) => untilEvent(page, tab, "refreshed", 3)));
  const sent = traffic.requests
    .map(({ refreshToken }) => refreshToken)
    .filter((refreshToken) => refreshToken !== null);
  assert.equal(new Set(sent).size, sent.length);
  for (const { tab } of tabs) assert.equal((await stateOf(tab)).status, "authenticated");
});

test("when the tab that refreshes without Web Locks is closed, another one goes on", async () => {
  const context = await newBlankContext(journey);
  await context.addInitScript(() => {
    Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  });
  const first = await logIn(journey, { context });
  const page = await openBlankPage(journey, context);
  const second = { page, tab: await startClient(page, configFor(journey)) };
  await tokenOf(second.tab);
  await first.page.close();
  await page.waitForFunction(
    (tab) =>
      tab.events.filter(({ event }) => event === "refreshed").at(-1)?.detail.by === "this_tab",
    second.tab,
  );
  assert.equal((await stateOf(second.tab)).status, "authenticated");
});

test("a session in memory is that of its own tab, and ends with a reload", async () => {
  const context = await newBlankContext(journey);
  const config = configFor(journey, { refreshTokens: "memory" });
  const { page, tab } = await logIn(journey, { context, config });
  await untilEvent(page, tab, "refreshed");
  const other = await openBlankPage(journey, context);
  assert.equal((await stateOf(await startClient(other, config))).status, "anonymous");
  await page.goto(`${journey.stack.demo}/blank`);
  assert.equal((await stateOf(await startClient(page, config))).status, "anonymous");
});

/**
 * @param {import("playwright-core").Page} page
 * @param {string} username
 */
async function comeBackFromLoginAs(page, username) {
  const options = { prompt: "login" };
  await page.goto(`${journey.stack.demo}/blank`);
  await comeBackFromLogin(journey, page, { options, who: { username } });
}
