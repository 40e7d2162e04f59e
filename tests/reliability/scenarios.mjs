import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, afterEach, before, describe, test } from "node:test";
import { Household } from "./household.mjs";
import { Measured } from "./measured.mjs";
import { amounts } from "./amounts.mjs";
import { Soak } from "./soak.mjs";

/** @typedef {import("./household.mjs").Tab} Tab */

/** The lifetime of an access token, in seconds, in which little time is lost by waiting. */
const SHORT = 4;
const FORCED = { forceRefresh: true };

/**
 * The scenarios in which sessions get lost elsewhere, in one browser engine.
 *
 * @param {import("./engines.mjs").Engine} engine
 */
export function sessionSurvivesIn(engine) {
  describe(`in ${engine.name}`, () => {
    const household = new Household();
    const measured = new Measured(engine.name);
    before(() => household.begin(engine));
    afterEach(() => household.cleanUp());
    after(() => household.end());

    test("five tabs refresh once for each expiry, and every tab holds the token", async () => {
      const first = await household.logIn();
      const tabs = [first, ...(await household.openTabs(4))];
      await startExpiring(household, tabs);
      await untilRefreshed(household, tabs, amounts.expiries);
      const tokens = await household.askAll(tabs, "token");
      assert.equal(new Set(tokens).size, 1);
      const refreshes = await refreshesUntilNow(household, tabs);
      assert.equal(refreshes, household.told(first, "refreshed").length);
      const sent = await assertNobodySentToLogin(household);
      const expiries = household.told(first, "refreshed").length;
      measured.note("5 tabs", `${refreshes} refreshes for ${expiries} expiries, ${sent}`);
    });

    test("a tab killed while it refreshes takes nobody's session along", async () => {
      const survivors = [await household.logIn(), await household.openTab()];
      await begin(household);
      const moments = /** @type {const} */ (["delay_after", "delay"]);
      for (let kill = 0; kill < amounts.kills; kill += 1) {
        await killRefreshingTab(household, moments[kill % 2]);
        await assertAllGoOn(household, survivors);
      }
      const sent = await assertNobodySentToLogin(household);
      measured.note("lock holder killed", `${amounts.kills} times: ${sent}`);
    });

    test("an answer that is lost after the server acted loses no session", async () => {
      const tabs = [await household.logIn(), await household.openTab()];
      await begin(household);
      for (let loss = 0; loss < amounts.losses; loss += 1) {
        await household.breakServer({ endpoint: "token", kind: "drop_after" });
        await assertAllGoOn(household, tabs);
      }
      const sent = await assertNobodySentToLogin(household);
      measured.note("answer lost", `${amounts.losses} times: ${sent}`);
    });

    test("every answer lost for a while loses no session", async () => {
      const tabs = [await household.logIn(), await household.openTab()];
      await begin(household);
      await household.breakServer({ endpoint: "token", kind: "drop_after", times: 1000 });
      await assert.rejects(household.ask(tabs[0], "token", FORCED), /network/);
      await household.repairServer();
      await assertAllGoOn(household, tabs);
      await assertNobodySentToLogin(household);
    });

    test("a server out of reach while the tokens expire loses no session", async () => {
      const tabs = [await household.logIn(), ...(await household.openTabs(2))];
      await startExpiring(household, tabs);
      await household.stack.authorizationServer.stop();
      const back = Date.now() + amounts.offlineMs;
      await household.until("failures", () => tabs.some(failedIn(household)));
      const expiry = Math.max(...(await household.askAll(tabs, "expiresAt")));
      await untilClock(household, Math.max(expiry, back));
      await household.stack.authorizationServer.start();
      await assertAllGoOn(household, tabs);
      const sent = await assertNobodySentToLogin(household);
      measured.note("server out of reach across an expiry", sent);
    });

    test("a duplicated tab is one more tab, and costs no refresh", async () => {
      const first = await household.logIn();
      await begin(household);
      const tabs = [first, await household.duplicate(first)];
      assert.deepEqual(await household.requestsTo("token"), []);
      const tokens = await household.askAll(tabs, "token");
      assert.equal(new Set(tokens).size, 1);
      await startExpiring(household, tabs);
      await untilRefreshed(household, tabs, 3);
      const refreshes = await refreshesUntilNow(household, tabs);
      const expiries = household.told(first, "refreshed").length;
      assert.equal(refreshes, expiries);
      await assertNobodySentToLogin(household);
      measured.note("duplicated tab", `${refreshes - expiries} extra refreshes`);
    });

    test("one mishap after another loses no session", async (context) => {
      const seed = process.env.PORTCULLIS_SOAK_SEED ?? randomUUID();
      context.diagnostic(`PORTCULLIS_SOAK_SEED=${seed}`);
      const tabs = [await household.logIn(), ...(await household.openTabs(2))];
      await startExpiring(household, tabs);
      const soak = new Soak(household, tabs, seed);
      await soak.run(Date.now() + amounts.soakMs);
      const figures = `${soak.mishaps} mishaps, ${household.refreshes} refreshes`;
      measured.note("mishaps at random", `${figures}, 0 sent to a login page`);
    });

    test("a logout in one tab is seen in all the others", async () => {
      const tabs = [await household.logIn(), ...(await household.openTabs(4))];
      const [first, ...others] = tabs;
      await begin(household);
      const began = await household.ask(first, "logOut");
      const ends = (/** @type {Tab} */ tab) =>
        household.told(tab, "state").filter(({ status }) => status === "anonymous");
      await household.until("the logout", () => others.every((tab) => ends(tab).length > 0));
      for (const tab of others) assert.equal(ends(tab)[0].reason, "logged_out_elsewhere");
      for (const tab of others) await assertNoToken(household, tab);
      await household.untilAsked("the end", (asked) => asked.length > 0, "end_session");
      assert.deepEqual(await household.requestsTo("token"), []);
      assert.equal((await household.requestsTo("revocation")).length, 1);
      const slowest = Math.max(...others.map((tab) => ends(tab)[0].at - began));
      measured.note("logout seen in the other tabs", `within ${slowest} ms`);
    });

    test("going back after a logout shows nobody, in pages that the browser kept too", async () => {
      const pages = ["/inbox", "/settings"];
      let tab = await household.logIn();
      for (const page of pages) tab = await household.visit(tab, page);
      await household.logOut(tab);
      await household.forgetRequests();
      let kept = 0;
      for (const page of pages.reverse()) {
        const { isKept, failure } = await household.goBackToNobody(tab, page);
        assert.equal(failure, "not_authenticated");
        kept += Number(isKept);
      }
      assert.deepEqual(await household.requestsTo("token"), []);
      measured.note("Back after a logout", `0 sessions seen, ${kept} pages were kept`);
    });
  });
}

/**
 * Nothing that came before counts.
 *
 * @param {Household} household
 */
async function begin(household) {
  household.forgetTold();
  await household.forgetRequests();
}

/**
 * From now on the access token that the tabs share expires every few seconds.
 *
 * @param {Household} household
 * @param {Tab[]} tabs
 */
async function startExpiring(household, tabs) {
  await household.setLifetime(SHORT);
  await begin(household);
  await household.ask(tabs[0], "token", FORCED);
  await untilRefreshed(household, tabs, 1);
}

/**
 * @param {Household} household
 * @param {Tab[]} tabs
 * @param {number} times
 */
async function untilRefreshed(household, tabs, times) {
  const isSo = () => tabs.every((tab) => household.told(tab, "refreshed").length >= times);
  await household.until(`${times} refreshes`, isSo, 30_000 + times * SHORT * 1000);
}

/**
 * Stops the clients, and counts the refreshes that they asked for; each has to have succeeded.
 *
 * @param {Household} household
 * @param {Tab[]} tabs
 */
async function refreshesUntilNow(household, tabs) {
  await household.askAll(tabs, "close");
  const requests = await household.requestsTo("token");
  for (const { grantType, status } of requests) {
    assert.deepEqual([grantType, status], ["refresh_token", 200]);
  }
  return requests.length;
}

/**
 * Opens a tab, lets it refresh, and kills it before the server has seen the request or before the
 * answer arrives.
 *
 * @param {Household} household
 * @param {"delay" | "delay_after"} moment
 */
async function killRefreshingTab(household, moment) {
  const victim = await household.openTab();
  // The server goes on with a request whose sender is gone, and then the token is one of yesterday.
  const delayMs = moment === "delay" ? 3000 : 60_000;
  await household.breakServer({ endpoint: "token", kind: moment, delayMs });
  const before = (await household.requestsTo("token")).length;
  await household.tell(victim, "token", FORCED);
  await household.untilAsked("a refresh", (asked) => asked[before]?.fault === moment);
  await household.kill(victim);
  assert.equal((await household.requestsTo("token"))[before].status, null);
}

/**
 * Every tab can have a new token, and the API takes it.
 *
 * @param {Household} household
 * @param {Tab[]} tabs
 */
async function assertAllGoOn(household, tabs) {
  for (const tab of tabs) await household.ask(tab, "token", FORCED);
  for (const status of await household.askAll(tabs, "callApi")) assert.equal(status, 200);
}

/**
 * No login page was asked for, and no tab said that nobody is logged in.
 *
 * @param {Household} household
 * @returns {Promise<string>} in words for the table
 */
async function assertNobodySentToLogin(household) {
  const asked = await household.requestsTo("interaction");
  assert.deepEqual(asked, []);
  assert.deepEqual(household.anonymous, []);
  const silent = (await household.requestsTo("authorization")).length;
  return `${asked.length} sent to a login page, ${silent} silent logins`;
}

/**
 * @param {Household} household
 * @param {Tab} tab
 */
async function assertNoToken(household, tab) {
  await assert.rejects(household.ask(tab, "token", FORCED), /not_authenticated/);
}

/** @param {Household} household */
function failedIn(household) {
  return (/** @type {Tab} */ tab) => household.told(tab, "refreshFailed").length > 0;
}

/**
 * @param {Household} household
 * @param {number} moment milliseconds since the epoch
 */
async function untilClock(household, moment) {
  const limitMs = moment - Date.now() + 10_000;
  await household.until("the expiry", () => Date.now() > moment, limitMs);
}
